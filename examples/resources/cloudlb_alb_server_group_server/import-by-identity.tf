import {
  to = cloudlb_alb_server_group_server.web
  identity = {
    server_group_id = "sgp-8g1pdyspr5example"
    server_id       = "i-bp1g6zv0ce8oghexample"
    port            = 8080
    region          = "cn-hangzhou"
  }
}
