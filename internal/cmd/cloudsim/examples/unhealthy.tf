# A server that does not pass its health check: the apply waits for it until you mend it.
resource "cloudlb_alb_server_group_servers" "web" {
  server_group_id  = "sgp-web"
  wait_for_healthy = true
  servers = {
    web-1 = { server_id = "i-web-1", port = 8080 }
    web-2 = { server_id = "i-web-2", port = 8080 }
  }
  timeouts {
    create = "2m"
  }
}

# In another terminal, while the apply waits:
# curl -d '{"member": "i-web-2", "status": "healthy"}' http://127.0.0.1:8181/_admin/alb/health
