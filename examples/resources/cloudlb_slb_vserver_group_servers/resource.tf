# Some servers of a vserver group. Others, put there by other configurations or
# by an autoscaler, are left alone.
resource "cloudlb_slb_vserver_group_servers" "api" {
  vserver_group_id = "rsp-bp1ttv2y7v4example"

  servers = {
    for name, id in {
      api-1 = "i-bp1fq61enf4loexample1"
      api-2 = "i-bp1fq61enf4loexample2"
      } : name => {
      server_id   = id
      port        = 8080
      weight      = 100
      description = "api"
    }
  }
}
