terraform {
  required_providers {
    cloudlb = { source = "cloudlb/cloudlb" }
  }
}

variable "endpoint" {
  description = "URL of the simulated cloud."
  type        = string
}

variable "share" {
  description = "The part of the traffic that the green servers are to get, in per cent."
  type        = number
}

provider "cloudlb" {
  alicloud {
    region     = "cn-hangzhou"
    access_key = "traffic"
    secret_key = "simulated"
    endpoints { slb = var.endpoint }
  }
}

locals {
  weights = provider::cloudlb::traffic_split({
    blue  = { members = 3, share = 100 - var.share }
    green = { members = 3, share = var.share }
  })
}

# Both sets are members throughout; only their weights change.
resource "cloudlb_slb_vserver_group_servers" "web" {
  vserver_group_id = "rsp-traffic"
  servers = merge([
    for set, weight in local.weights : {
      for n in range(1, 4) : "${set}/${n}" => { server_id = "i-${set}-${n}", port = 8080, weight = weight }
    }
  ]...)
}
