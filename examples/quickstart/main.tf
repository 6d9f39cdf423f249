# Eight backends behind load balancers on two clouds: two in the default server
# group of an SLB load balancer, two in one of its vserver groups, two in a server
# group of ALB, and two in a pool of ELB. Whatever else is in these groups is left
# alone.

terraform {
  required_version = ">= 1.10" # OpenTofu 1.10 or Terraform 1.11

  required_providers {
    cloudlb = {
      source = "cloudlb/cloudlb"
    }
  }
}

# What is null here is taken from the environment.
provider "cloudlb" {
  alicloud {
    region     = var.alicloud_region
    access_key = var.alicloud_access_key
    secret_key = var.alicloud_secret_key
    endpoints {
      slb = var.endpoint
      alb = var.endpoint
    }
  }

  huaweicloud {
    region     = var.huaweicloud_region
    access_key = var.huaweicloud_access_key
    secret_key = var.huaweicloud_secret_key
    endpoints {
      elb = var.endpoint
      iam = var.endpoint
    }
  }
}

# Alibaba Cloud SLB: the default server group has no ports; the listeners say
# which port they forward to.
resource "cloudlb_slb_backend_server" "web" {
  for_each = var.slb_servers

  load_balancer_id = var.load_balancer_id
  server_id        = each.value
  weight           = var.weight
}

# The same servers in a vserver group, on a port of their own.
resource "cloudlb_slb_vserver_group_server" "api" {
  for_each = var.slb_servers

  vserver_group_id = var.vserver_group_id
  server_id        = each.value
  port             = 8443
  weight           = var.weight
}

# And behind an Application Load Balancer (ALB). NLB is the same with nlb for alb.
resource "cloudlb_alb_server_group_server" "web" {
  for_each = var.slb_servers

  server_group_id = var.server_group_id
  server_id       = each.value
  port            = 8080
  weight          = var.weight
}

# Huawei Cloud ELB: members are addresses in a subnet.
resource "cloudlb_elb_member" "web" {
  for_each = var.elb_servers

  pool_id        = var.pool_id
  subnet_cidr_id = var.subnet_cidr_id
  name           = each.key
  address        = each.value
  protocol_port  = 8080
  weight         = var.weight
}
