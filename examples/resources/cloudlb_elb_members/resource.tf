# Three servers of a pool, replaced without a failed request: new ones are added
# and healthy before old ones are drained and removed.
resource "cloudlb_elb_members" "web" {
  pool_id          = "36ce7086-a496-4666-9064-5ba0e6840c75"
  drain_duration   = "30s"
  wait_for_healthy = true

  members = {
    for name, address in {
      web-1 = "192.168.10.21"
      web-2 = "192.168.10.22"
      web-3 = "192.168.10.23"
      } : name => {
      address        = address
      protocol_port  = 8080
      subnet_cidr_id = "c09f620e-3492-4429-ac15-445d5dd9ca74"
      name           = name
      weight         = 10
    }
  }

  timeouts {
    create = "15m"
    update = "15m"
  }
}
