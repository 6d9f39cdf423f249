import {
  to = cloudlb_nlb_server_group_servers.api
  id = "sgp-8g1pdyspr5example"
}
