data "cloudlb_slb_backend_servers" "web" {
  load_balancer_id = "lb-bp1o94dp5i6ea5example"
}

# Servers that fail the health check of a listener.
output "unhealthy" {
  value = [
    for s in data.cloudlb_slb_backend_servers.web.servers : s.server_id
    if contains(s.health[*].status, "abnormal")
  ]
}
