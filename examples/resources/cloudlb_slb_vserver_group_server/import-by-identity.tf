import {
  to = cloudlb_slb_vserver_group_server.web
  identity = {
    vserver_group_id = "rsp-bp1ttv2y7v4example"
    server_id        = "i-bp1g6zv0ce8oghexample"
    port             = 8080
    region           = "cn-hangzhou"
  }
}
