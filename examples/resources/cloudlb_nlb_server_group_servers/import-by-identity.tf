import {
  to = cloudlb_nlb_server_group_servers.api
  identity = {
    server_group_id = "sgp-8g1pdyspr5example"
    region          = "cn-hangzhou"
  }
}
