# 16 members of 15 resource instances. Put these blocks in, take the old ones out, and plan: nothing
# may be added, changed or destroyed.
# State does not say which provider configuration a resource has: where the old provider had aliases
# for regions or accounts, write provider = cloudlb.<alias> where they stood. What is imported is
# looked for in the region of that configuration.

# ===== root module

# huaweicloud_elb_member.broken: it does not name the pool, the member and its address. Refresh it
# with the old provider (terraform apply -refresh-only), and run this program again.

# huaweicloud_elb_member.left has a deposed object (0123abcd), which an interrupted replacement has
# left. Terraform cannot move it: apply with the old provider first.

# alicloud_slb_server_group.web has members that no other resource of this state holds: i-8:80,
# i-1:81. Where they stand in its blocks named servers, keep it, delete these blocks, and import
# rsp-1 into a resource of cloudlb's for many members.

moved {
  from = alicloud_slb_attachment.one
  to   = cloudlb_slb_backend_servers.one
}

# The old state has one weight for all of these servers, that of the first. If the plan changes a
# weight, the value that it changes from is the true one: write that.
resource "cloudlb_slb_backend_servers" "one" {
  load_balancer_id = "lb-2"
  exclusive        = true
  servers = {
    "i-1" = { server_id = "i-1", weight = 100 }
    "i-2" = { server_id = "i-2", weight = 100 }
  }
}

removed {
  from = alicloud_slb_attachment.web
  lifecycle {
    destroy = false
  }
}

moved {
  from = alicloud_slb_backend_server.web
  to   = cloudlb_slb_backend_servers.web_2
}

# alicloud_slb_attachment.web owns the group lb-1 too. Only one resource can, so this one has the
# members of both: compare them.
resource "cloudlb_slb_backend_servers" "web_2" {
  load_balancer_id = "lb-1"
  exclusive        = true
  servers = {
    "eni-2:[2001:db8::1]" = { server_id = "eni-2", server_ip = "2001:db8::1", type = "eni", weight = 20 }
    "i-1"                 = { server_id = "i-1", weight = 30 }
  }
}

moved {
  from = alicloud_slb_server_group_server_attachment.gap[0]
  to   = cloudlb_slb_vserver_group_server.gap["0"]
}

moved {
  from = alicloud_slb_server_group_server_attachment.gap[2]
  to   = cloudlb_slb_vserver_group_server.gap["2"]
}

resource "cloudlb_slb_vserver_group_server" "gap" {
  for_each = {
    "0" = { server_id = "i-3" }
    "2" = { server_id = "i-5" }
  }
  vserver_group_id = "rsp-2"
  server_id        = each.value.server_id
  port             = 80
}

moved {
  from = alicloud_slb_server_group_server_attachment.web
  to   = cloudlb_slb_vserver_group_server.web
}

# The old state does not say all of eni-1:80: write its server_ip below, and into its label where it
# has one. As it stands, the plan is refused.
# alicloud_slb_server_group_server_attachment.web["b.c"] is tainted and would be replaced. Run
# first: terraform untaint 'alicloud_slb_server_group_server_attachment.web["b.c"]'
resource "cloudlb_slb_vserver_group_server" "web" {
  for_each = {
    "a-1" = {
      server_id   = "i-1"
      server_ip   = null
      type        = null
      description = "say \"$${x}\" and %%{y}\\n"
      weight      = 0
    }
    "b.c" = { server_id = "eni-1", server_ip = "", type = "eni", description = null, weight = null }
  }
  vserver_group_id = "rsp-1"
  server_id        = each.value.server_id
  port             = 80
  server_ip        = each.value.server_ip
  type             = each.value.type
  description      = each.value.description
  weight           = each.value.weight
  timeouts {
    create = "7m"
  }
}

# ===== module.blue
# These blocks go into the module's own folder, whose required_providers must name cloudlb/cloudlb.

# The module is there 2 times (module.blue["x]y"], module.blue["z"]). The values of
# huaweicloud_elb_member.m below are those of the first: let what is not the same in all come from
# the module's variables.

moved {
  from = huaweicloud_elb_member.m
  to   = cloudlb_elb_member.m
}

# Some versions of the old provider could not send a weight of 0: look whether it is meant, since
# such a member gets no new requests.
resource "cloudlb_elb_member" "m" {
  count   = 2
  pool_id = "pool-x]y"
  region  = "cn-north-4"
  address = [
    "2001:db8::5",
    "10.0.0.6",
  ][count.index]
  protocol_port = 8080
  subnet_cidr_id = [
    "subnet-1",
    null,
  ][count.index]
  weight = [
    0,
    null,
  ][count.index]
}

# ===== module.blue.module.in
# These blocks go into the module's own folder, whose required_providers must name cloudlb/cloudlb.

# The module is there 2 times (module.blue["x]y"].module.in, module.blue["z"].module.in). The values
# of opentelekomcloud_lb_member_v3.m below are those of the first: let what is not the same in all
# come from the module's variables.

moved {
  from = opentelekomcloud_lb_member_v3.m
  to   = cloudlb_elb_member.m
}

resource "cloudlb_elb_member" "m" {
  pool_id = "p-x]y"
  address = "10.0.0.7"
}
