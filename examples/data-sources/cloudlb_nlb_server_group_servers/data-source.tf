data "cloudlb_nlb_server_group_servers" "web" {
  server_group_id = "sgp-8g1pdyspr5example"
}

output "unhealthy" {
  value = [
    for server in data.cloudlb_nlb_server_group_servers.web.servers : server.server_id
    if anytrue([for check in server.health : check.status == "Unhealthy"])
  ]
}
