import {
  to = cloudlb_slb_backend_servers.web
  identity = {
    load_balancer_id = "lb-bp1o94dp5i6ea5example"
    region           = "cn-hangzhou"
  }
}
