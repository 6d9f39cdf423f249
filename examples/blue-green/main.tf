# One share of traffic on three kinds of group: blue servers hand over to green
# ones step by step, and each step is an apply with another green_share. The
# default server group of an SLB load balancer does it as a canary.

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
    endpoints { slb = var.endpoint }
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

module "api" {
  source = "../../modules/blue-green/slb-vserver-group"

  vserver_group_id = var.vserver_group_id
  groups = {
    blue  = { share = 100 - var.green_share, members = { for id in var.slb_blue : id => { server_id = id, port = 8443 } } }
    green = { share = var.green_share, members = { for id in var.slb_green : id => { server_id = id, port = 8443 } } }
  }
}

module "web" {
  source = "../../modules/blue-green/elb-pool"

  pool_id = var.pool_id
  groups = {
    blue = {
      share   = 100 - var.green_share
      members = { for ip in var.elb_blue : ip => { address = ip, protocol_port = 8080, subnet_cidr_id = var.subnet_cidr_id } }
    }
    green = {
      share   = var.green_share
      members = { for ip in var.elb_green : ip => { address = ip, protocol_port = 8080, subnet_cidr_id = var.subnet_cidr_id } }
    }
  }
  wait_for_healthy = true
}

module "canary" {
  source = "../../modules/canary/slb-backend-servers"

  load_balancer_id = var.load_balancer_id
  stable           = { for id in var.slb_blue : id => { server_id = id } }
  canary           = { for id in var.slb_green : id => { server_id = id } }
  canary_share     = var.green_share
}
