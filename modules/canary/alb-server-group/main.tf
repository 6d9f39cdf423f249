# Two groups that share the traffic: what blue-green does with groups of any names.
module "groups" {
  source = "../../blue-green/alb-server-group"

  server_group_id = var.server_group_id
  groups = {
    stable = { share = 100 - var.canary_share, members = var.stable }
    canary = { share = var.canary_share, members = var.canary }
  }

  drain_duration   = var.drain_duration
  wait_for_drained = var.wait_for_drained
  wait_for_healthy = var.wait_for_healthy
  exclusive        = var.exclusive
  adopt_existing   = var.adopt_existing
  region           = var.region
  timeouts         = var.timeouts
}
