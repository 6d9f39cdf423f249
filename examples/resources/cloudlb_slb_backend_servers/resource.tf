# All servers of a load balancer's default group: one that somebody else adds
# shows in the next plan as a removal.
resource "cloudlb_slb_backend_servers" "web" {
  load_balancer_id = "lb-bp1o94dp5i6ea5example"
  exclusive        = true
  drain_duration   = "30s"

  servers = {
    web-1 = { server_id = "i-bp1fq61enf4loexample1" }
    web-2 = { server_id = "i-bp1fq61enf4loexample2", weight = 50 }

    # Two addresses of one network interface are two members.
    pod-1 = { server_id = "eni-bp1a7cxkkoexample001", type = "eni", server_ip = "192.168.10.31" }
    pod-2 = { server_id = "eni-bp1a7cxkkoexample001", type = "eni", server_ip = "192.168.10.32" }
  }
}
