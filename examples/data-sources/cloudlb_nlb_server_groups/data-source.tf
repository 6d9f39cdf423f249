# The server groups of a load balancer whose names begin with "web-".
data "cloudlb_nlb_server_groups" "web" {
  load_balancer_id = "nlb-o9ulmf5hqn7example"
  name_regex       = "^web-"
}
