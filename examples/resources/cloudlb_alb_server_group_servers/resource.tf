# Some servers of a server group. Others, put there by other configurations or
# by an autoscaler, are left alone.
resource "cloudlb_alb_server_group_servers" "api" {
  server_group_id = "sgp-8g1pdyspr5example"

  servers = {
    for name, id in {
      api-1 = "i-bp1fq61enf4loexample1"
      api-2 = "i-bp1fq61enf4loexample2"
      } : name => {
      server_id   = id
      port        = 8080
      weight      = 100
      description = "api"
    }
  }
}
