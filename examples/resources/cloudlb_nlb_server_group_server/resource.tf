# An ECS instance on one port. When it is destroyed, Terraform goes on to what
# comes next only once the group has let its connections drain.
resource "cloudlb_nlb_server_group_server" "web" {
  server_group_id = "sgp-8g1pdyspr5example"
  server_id       = "i-bp1g6zv0ce8oghexample"
  port            = 8080
  weight          = 100
}

# Replaced without a failed request: the new member is in and healthy before the
# old one drains and leaves. A replacement that keeps its member takes it over.
resource "cloudlb_nlb_server_group_server" "replaced" {
  server_group_id  = "sgp-8g1pdyspr5example"
  server_id        = "i-bp1fq61enf4loexample1"
  port             = 8080
  wait_for_healthy = true
  adopt_existing   = true

  lifecycle {
    create_before_destroy = true
  }
}

# One address of an elastic network interface.
resource "cloudlb_nlb_server_group_server" "eni" {
  server_group_id = "sgp-8g1pdyspr5example"
  type            = "eni"
  server_id       = "eni-bp1iz8gmy4lexample"
  server_ip       = "192.168.10.21"
  port            = 8080
}

# An address, in a group of type Ip.
resource "cloudlb_nlb_server_group_server" "address" {
  server_group_id = "sgp-8g1pdyspr6example"
  type            = "ip"
  server_id       = "192.168.10.22"
  port            = 8080
}

# Any TCP port, in a group that forwards to any.
resource "cloudlb_nlb_server_group_server" "every_port" {
  server_group_id = "sgp-8g1pdyspr7example"
  server_id       = "i-bp1g6zv0ce8oghexample"
}
