# A server and an address of a network interface in a server group of Alibaba Cloud NLB.
resource "cloudlb_nlb_server_group_server" "one" {
  server_group_id = "sgp-db"
  server_id       = "i-db-1"
  port            = 5432
}

resource "cloudlb_nlb_server_group_server" "two" {
  server_group_id = "sgp-db"
  server_id       = "eni-db-2"
  type            = "eni"
  server_ip       = "10.0.1.12"
  port            = 5432
}

# Both come in one call:
# curl http://127.0.0.1:8181/_admin/log
