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
  alicloud {
    region     = "cn-hangzhou"
    access_key = "traffic"
    secret_key = "simulated"
    endpoints { slb = var.endpoint }
  }
}

# One resource for each server: Terraform adds the new ones and removes the old
# ones in no particular order.
resource "cloudlb_slb_vserver_group_server" "web" {
  for_each = toset([for n in range(1, 4) : "i-${var.set}-${n}"])

  vserver_group_id = "rsp-traffic"
  server_id        = each.value
  port             = 8080
  weight           = 100

  lifecycle {
    create_before_destroy = true
  }
}
