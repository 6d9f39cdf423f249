import {
  to = cloudlb_slb_backend_server.web
  identity = {
    load_balancer_id = "lb-bp1o94dp5i6ea5example"
    server_id        = "i-bp1g6zv0ce8oghexample"
    region           = "cn-hangzhou"
  }
}
