# Every pool that a server is in.
data "cloudlb_elb_pools" "of_server" {
  member_address = "192.168.10.21"
}

output "pool_ids" {
  value = data.cloudlb_elb_pools.of_server.ids
}

# One pool by its name, and what to know before its members are drained.
data "cloudlb_elb_pools" "web" {
  name = "web"
}

output "web" {
  value = {
    for p in data.cloudlb_elb_pools.web.pools : p.id => {
      lb_algorithm     = p.lb_algorithm
      connection_drain = p.connection_drain.enable ? "${p.connection_drain.timeout}s" : "off"
      member_count     = p.member_count
    }
  }
}
