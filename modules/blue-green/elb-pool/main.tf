module "split" {
  source = "../"

  groups = { for name, group in var.groups : name => { share = group.share, members = length(group.members) } }
}

# One resource for all groups: it raises weights before it lowers others, and
# adds before it drains, in one apply.
resource "cloudlb_elb_members" "this" {
  pool_id = var.pool_id

  members = merge([
    for name, group in var.groups : {
      for label, member in group.members : "${name}/${label}" => {
        address           = member.address
        protocol_port     = member.protocol_port
        subnet_cidr_id    = member.subnet_cidr_id
        name              = member.name
        availability_zone = member.availability_zone
        weight            = module.split.weights[name]
      }
    }
  ]...)

  drain_duration   = var.drain_duration
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
