# Four members of a load balancer's default group. Others that are there are left
# alone; with exclusive = true they would show in the plan as removals.
resource "cloudlb_slb_backend_servers" "web" {
  load_balancer_id = "lb-bp1o94dp5i6ea5example"
  drain_duration   = "30s"

  servers = {
    web-1 = { server_id = "i-bp1fq61enf4loexample1" }
    web-2 = { server_id = "i-bp1fq61enf4loexample2", weight = 50 }

    # Two addresses of one network interface are two members.
    pod-1 = { server_id = "eni-bp1a7cxkkoexample001", type = "eni", server_ip = "192.168.10.31" }
    pod-2 = { server_id = "eni-bp1a7cxkkoexample001", type = "eni", server_ip = "192.168.10.32" }
  }
}
