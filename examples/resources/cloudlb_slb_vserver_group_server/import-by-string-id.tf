import {
  to = cloudlb_slb_vserver_group_server.web
  id = "rsp-bp1ttv2y7v4example:i-bp1g6zv0ce8oghexample:8080"
}
