# A cloud server of the load balancer's VPC.
resource "cloudlb_elb_member" "web" {
  pool_id        = "36ce7086-a496-4666-9064-5ba0e6840c75"
  address        = "192.168.10.21"
  protocol_port  = 8080
  subnet_cidr_id = "c09f620e-3492-4429-ac15-445d5dd9ca74"
  name           = "web-1"
  weight         = 10
}

# Replaced without a failed request: the new member is in and healthy before the
# old one is drained and removed. A replacement that keeps its member takes it over.
resource "cloudlb_elb_member" "replaced" {
  pool_id          = "36ce7086-a496-4666-9064-5ba0e6840c75"
  address          = "192.168.10.22"
  protocol_port    = 8080
  subnet_cidr_id   = "c09f620e-3492-4429-ac15-445d5dd9ca74"
  wait_for_healthy = true
  drain_duration   = "30s"
  adopt_existing   = true

  lifecycle {
    create_before_destroy = true
  }
}

# A bare address, for instance in a data centre: the load balancer must have
# IP targets enabled.
resource "cloudlb_elb_member" "on_premises" {
  pool_id       = "36ce7086-a496-4666-9064-5ba0e6840c75"
  address       = "10.20.0.8"
  protocol_port = 8080

  # No new requests, while everything stays in place.
  weight = 0
}
