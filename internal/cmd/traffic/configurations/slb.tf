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
  alicloud {
    region     = "cn-hangzhou"
    access_key = "traffic"
    secret_key = "simulated"
    endpoints { slb = var.endpoint }
  }
}

# One apply replaces all three: it adds the new ones, waits until they are
# healthy, drains the old ones and removes them.
resource "cloudlb_slb_vserver_group_servers" "web" {
  vserver_group_id = "rsp-traffic"
  servers          = { for n in range(1, 4) : "${var.set}-${n}" => { server_id = "i-${var.set}-${n}", port = 8080, weight = 100 } }
  drain_duration   = var.graceful ? "5s" : null # no request takes longer than 2 s
  wait_for_healthy = var.graceful
}
