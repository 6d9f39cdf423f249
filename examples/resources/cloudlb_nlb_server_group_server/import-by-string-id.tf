import {
  to = cloudlb_nlb_server_group_server.web
  id = "sgp-8g1pdyspr5example:i-bp1g6zv0ce8oghexample:8080"
}
