# Weights from shares, and what traffic they make. This module has no resources;
# those beside it, one for each kind of group, do.

locals {
  weights = provider::cloudlb::traffic_split(var.groups)
  total   = sum(concat([0], [for name, group in var.groups : group.members * local.weights[name]]))

  # In per cent, rounded to two decimals.
  traffic = {
    for name, group in var.groups : name => floor(10000 * group.members * local.weights[name] / local.total + 0.5) / 100
  }
}
