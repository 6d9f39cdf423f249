variable "green_share" {
  description = "Percentage of the traffic that the green servers get."
  type        = number
  default     = 10
}

locals {
  blue  = { web-1 = "192.168.10.21", web-2 = "192.168.10.22", web-3 = "192.168.10.23" }
  green = { web-4 = "192.168.10.24" }

  # With the default { blue = 99, green = 33 }: three members at 99 get nine
  # times what one at 33 gets.
  weights = provider::cloudlb::traffic_split({
    blue  = { members = length(local.blue), share = 100 - var.green_share }
    green = { members = length(local.green), share = var.green_share }
  })
}

resource "cloudlb_elb_members" "web" {
  pool_id = "36ce7086-a496-4666-9064-5ba0e6840c75"
  members = merge([
    for group, servers in { blue = local.blue, green = local.green } : {
      for name, address in servers : name => {
        address        = address
        protocol_port  = 8080
        subnet_cidr_id = "c09f620e-3492-4429-ac15-445d5dd9ca74"
        weight         = local.weights[group]
      }
    }
  ]...)
}
