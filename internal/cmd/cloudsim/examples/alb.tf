# Two servers in a server group of Alibaba Cloud ALB, which lets them drain when they leave.
resource "cloudlb_alb_server_group_servers" "web" {
  server_group_id  = "sgp-web"
  wait_for_healthy = true
  servers = {
    web-1 = { server_id = "i-web-1", port = 8080 }
    web-2 = { server_id = "i-web-2", port = 8080 }
  }
}

# Take web-2 out and apply: its requests need 3 s. This makes the next removal drain for 8 s:
# curl -d '{"on": "remove", "times": 1, "do": "slow_drain", "delay": "8s"}' http://127.0.0.1:8181/_admin/alb/faults
# curl http://127.0.0.1:8181/_admin/state
