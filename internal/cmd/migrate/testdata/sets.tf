# 16 members of 15 resource instances. Put these blocks in, take the old ones out, and plan: nothing
# may be added or destroyed, nor changed but for an imported set whose group has members that no old
# resource has. Such a set changes in place, without a call: the plan names those members, and they
# stay in the group.
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

removed {
  from = alicloud_slb_server_group_server_attachment.gap
  lifecycle {
    destroy = false
  }
}

removed {
  from = alicloud_slb_server_group_server_attachment.web
  lifecycle {
    destroy = false
  }
}

import {
  to = cloudlb_slb_vserver_group_servers.gap
  id = "rsp-2"
}

import {
  to = cloudlb_slb_vserver_group_servers.web
  id = "rsp-1"
}

# The import brings in all members of rsp-2. If there are any that no old resource has, the plan
# names them; they leave the state again and stay in the group.
resource "cloudlb_slb_vserver_group_servers" "gap" {
  vserver_group_id = "rsp-2"
  servers = {
    "i-3:80" = { server_id = "i-3", port = 80 }
    "i-5:80" = { server_id = "i-5", port = 80 }
  }
}

# The old state does not say all of eni-1:80: write its server_ip below, and into its label where it
# has one. As it stands, the plan is refused.
# The import brings in all members of rsp-1. If there are any that no old resource has, the plan
# names them; they leave the state again and stay in the group.
resource "cloudlb_slb_vserver_group_servers" "web" {
  vserver_group_id = "rsp-1"
  servers = {
    "i-1:80"   = { server_id = "i-1", port = 80, description = "say \"$${x}\" and %%{y}\\n", weight = 0 }
    "eni-1:80" = { server_id = "eni-1", port = 80, server_ip = "", type = "eni" }
  }
}

import {
  to = module.blue["x]y"].cloudlb_elb_members.m
  id = "pool-x]y"
}

import {
  to = module.blue["z"].cloudlb_elb_members.m
  id = "pool-z"
}

import {
  to = module.blue["x]y"].module.in.cloudlb_elb_members.m
  id = "p-x]y"
}

import {
  to = module.blue["z"].module.in.cloudlb_elb_members.m
  id = "p-z"
}

# ===== module.blue
# These blocks go into the module's own folder, whose required_providers must name cloudlb/cloudlb.

# The module is there 2 times (module.blue["x]y"], module.blue["z"]). The values of
# huaweicloud_elb_member.m below are those of the first: let what is not the same in all come from
# the module's variables.

removed {
  from = huaweicloud_elb_member.m
  lifecycle {
    destroy = false
  }
}

# Some versions of the old provider could not send a weight of 0: look whether it is meant, since
# such a member gets no new requests.
# The import brings in all members of pool-x]y. If there are any that no old resource has, the plan
# names them; they leave the state again and stay in the group.
resource "cloudlb_elb_members" "m" {
  pool_id = "pool-x]y"
  region  = "cn-north-4"
  members = {
    "[2001:db8::5]:8080" = { address = "2001:db8::5", protocol_port = 8080, subnet_cidr_id = "subnet-1", weight = 0 }
    "10.0.0.6:8080"      = { address = "10.0.0.6", protocol_port = 8080 }
  }
}

# ===== module.blue.module.in
# These blocks go into the module's own folder, whose required_providers must name cloudlb/cloudlb.

# The module is there 2 times (module.blue["x]y"].module.in, module.blue["z"].module.in). The values
# of opentelekomcloud_lb_member_v3.m below are those of the first: let what is not the same in all
# come from the module's variables.

removed {
  from = opentelekomcloud_lb_member_v3.m
  lifecycle {
    destroy = false
  }
}

# The import brings in all members of p-x]y. If there are any that no old resource has, the plan
# names them; they leave the state again and stay in the group.
resource "cloudlb_elb_members" "m" {
  pool_id = "p-x]y"
  members = {
    "10.0.0.7:0" = { address = "10.0.0.7" }
  }
}
