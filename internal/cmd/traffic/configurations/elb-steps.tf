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
  huaweicloud {
    region     = "cn-north-4"
    access_key = "traffic"
    secret_key = "simulated"
    project_id = "project-traffic"
    endpoints {
      elb = var.endpoint
      iam = var.endpoint
    }
  }
}

locals {
  addresses = { blue = "10.0.0.1", green = "10.0.0.2" } # and a last digit
  weights = provider::cloudlb::traffic_split({
    blue  = { members = 3, share = 100 - var.share }
    green = { members = 3, share = var.share }
  })
}

# Both sets are members throughout; only their weights change.
resource "cloudlb_elb_members" "web" {
  pool_id = "pool-traffic"
  members = merge([
    for set, weight in local.weights : {
      for n in range(1, 4) : "${set}/${n}" => {
        address        = "${local.addresses[set]}${n}"
        protocol_port  = 8080
        subnet_cidr_id = "subnet-traffic"
        weight         = weight
      }
    }
  ]...)
}
