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

# One resource for each server: Terraform adds the new ones and removes the old
# ones in no particular order.
resource "cloudlb_elb_member" "web" {
  for_each = toset([for n in range(1, 4) : "${local.addresses[var.set]}${n}"])

  pool_id        = "pool-traffic"
  subnet_cidr_id = "subnet-traffic"
  address        = each.value
  protocol_port  = 8080
  weight         = 100

  lifecycle {
    create_before_destroy = true
  }
}
