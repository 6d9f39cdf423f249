# Two releases behind one listener, and a variable for green's share of the traffic.
variable "green_share" {
  type    = number
  default = 10
}

locals {
  blue  = ["i-blue-1", "i-blue-2"]
  green = ["i-green-1"]
  weights = provider::cloudlb::traffic_split({
    blue  = { members = length(local.blue), share = 100 - var.green_share }
    green = { members = length(local.green), share = var.green_share }
  })
}

resource "cloudlb_slb_vserver_group_servers" "web" {
  vserver_group_id = "rsp-web"
  wait_for_healthy = true
  servers = merge(
    { for id in local.blue : id => { server_id = id, port = 8080, weight = local.weights.blue } },
    { for id in local.green : id => { server_id = id, port = 8080, weight = local.weights.green } },
  )
}

# Then: terraform apply -var green_share=50, and 100. With --data-plane the listener carries requests meanwhile.
# curl http://127.0.0.1:8181/_admin/held
