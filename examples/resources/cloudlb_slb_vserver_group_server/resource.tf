# An ECS instance on one port of a vserver group.
resource "cloudlb_slb_vserver_group_server" "web" {
  vserver_group_id = "rsp-bp1ttv2y7v4example"
  server_id        = "i-bp1g6zv0ce8oghexample"
  port             = 8080
  weight           = 100
}

# Replaced without a failed request: the new member is in and healthy before the
# old one is drained and removed. A replacement that keeps its member takes it over.
resource "cloudlb_slb_vserver_group_server" "replaced" {
  vserver_group_id = "rsp-bp1ttv2y7v4example"
  server_id        = "i-bp1fq61enf4loexample1"
  port             = 8080
  wait_for_healthy = true
  drain_duration   = "30s"
  adopt_existing   = true

  lifecycle {
    create_before_destroy = true
  }
}

# One address of an elastic network interface.
resource "cloudlb_slb_vserver_group_server" "eni" {
  vserver_group_id = "rsp-bp1ttv2y7v4example"
  type             = "eni"
  server_id        = "eni-bp1iz8gmy4lexample"
  server_ip        = "192.168.10.21"
  port             = 8080
}
