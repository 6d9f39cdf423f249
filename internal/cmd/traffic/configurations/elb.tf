terraform {
  required_providers {
    cloudlb = { source = "cloudlb/cloudlb" }
  }
}

variable "endpoint" {
  description = "URL of the simulated cloud."
  type        = string
}

variable "set" {
  description = "The servers that are to serve: blue or green."
  type        = string
}

variable "graceful" {
  description = "Whether servers are drained, and new ones waited for."
  type        = bool
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
}

# One apply replaces all three: it adds the new ones, waits until they are
# healthy, drains the old ones and removes them.
resource "cloudlb_elb_members" "web" {
  pool_id = "pool-traffic"
  members = {
    for n in range(1, 4) : "${var.set}-${n}" => {
      address        = "${local.addresses[var.set]}${n}"
      protocol_port  = 8080
      subnet_cidr_id = "subnet-traffic"
      weight         = 100
    }
  }
  drain_duration   = var.graceful ? "5s" : null # no request takes longer than 2 s
  wait_for_healthy = var.graceful
}
