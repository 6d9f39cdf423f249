module "split" {
  source = "../"

  groups = { for name, group in var.groups : name => { share = group.share, members = length(group.members) } }
}

# One resource for all groups: it raises weights before it lowers others, and
# adds before it drains, in one apply.
resource "cloudlb_nlb_server_group_servers" "this" {
  server_group_id = var.server_group_id

  servers = merge([
    for name, group in var.groups : {
      for label, member in group.members : "${name}/${label}" => {
        server_id   = member.server_id
        port        = member.port
        type        = member.type
        server_ip   = member.server_ip
        description = member.description
        weight      = module.split.weights[name]
      }
    }
  ]...)

  drain_duration   = var.drain_duration
  wait_for_drained = var.wait_for_drained
  wait_for_healthy = var.wait_for_healthy
  exclusive        = var.exclusive
  adopt_existing   = var.adopt_existing
  region           = var.region

  dynamic "timeouts" {
    for_each = var.timeouts == null ? [] : [var.timeouts]
    content {
      create = timeouts.value.create
      read   = timeouts.value.read
      update = timeouts.value.update
      delete = timeouts.value.delete
    }
  }
}
