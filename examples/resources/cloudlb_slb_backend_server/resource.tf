# An ECS instance in the default server group of a load balancer.
resource "cloudlb_slb_backend_server" "web" {
  load_balancer_id = "lb-bp1o94dp5i6ea5example"
  server_id        = "i-bp1g6zv0ce8oghexample"
  weight           = 100
  description      = "web-1"
}

# Replaced without a failed request: the new member is in and healthy before the
# old one is drained and removed. A replacement that keeps its member takes it over.
resource "cloudlb_slb_backend_server" "replaced" {
  load_balancer_id = "lb-bp1o94dp5i6ea5example"
  server_id        = "i-bp1fq61enf4loexample1"
  wait_for_healthy = true
  drain_duration   = "30s"
  adopt_existing   = true

  lifecycle {
    create_before_destroy = true
  }
}

# One address of an elastic network interface.
resource "cloudlb_slb_backend_server" "eni" {
  load_balancer_id = "lb-bp1o94dp5i6ea5example"
  type             = "eni"
  server_id        = "eni-bp1iz8gmy4lexample"
  server_ip        = "192.168.10.21"

  # No new requests, while everything stays in place.
  weight = 0
}
