# The server groups of a load balancer whose names begin with "web-".
data "cloudlb_alb_server_groups" "web" {
  load_balancer_id = "alb-o9ulmf5hqn7example"
  name_regex       = "^web-"
}
