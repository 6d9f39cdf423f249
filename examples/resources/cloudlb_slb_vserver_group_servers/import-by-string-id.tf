import {
  to = cloudlb_slb_vserver_group_servers.api
  id = "rsp-bp1ttv2y7v4example"
}
