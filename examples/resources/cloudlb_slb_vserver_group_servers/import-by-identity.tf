import {
  to = cloudlb_slb_vserver_group_servers.api
  identity = {
    vserver_group_id = "rsp-bp1ttv2y7v4example"
    region           = "cn-hangzhou"
  }
}
