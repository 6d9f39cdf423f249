data "cloudlb_slb_vserver_group_servers" "web" {
  vserver_group_id = "rsp-bp1ttv2y7v4example"
}

# Where each member is, and its share of new requests.
output "weights" {
  value = {
    for s in data.cloudlb_slb_vserver_group_servers.web.servers : "${s.server_id}:${s.port}" => s.weight
  }
}
