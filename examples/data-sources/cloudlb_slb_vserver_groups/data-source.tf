data "cloudlb_slb_vserver_groups" "web" {
  load_balancer_id = "lb-bp1o94dp5i6ea5example"
  name_regex       = "^web$"
}

# A member of the one group of that name.
resource "cloudlb_slb_vserver_group_server" "web" {
  vserver_group_id = one(data.cloudlb_slb_vserver_groups.web.ids)
  server_id        = "i-bp1g6zv0ce8oghexample"
  port             = 8080
}

# Which ports each group serves.
output "ports" {
  value = {
    for g in data.cloudlb_slb_vserver_groups.web.groups : g.name => g.listeners[*].port
  }
}
