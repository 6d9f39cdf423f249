output "weights" {
  description = "Weight of each member, by module and group."
  value       = { api = module.api.weights, web = module.web.weights, canary = module.canary.weights }
}

output "traffic" {
  description = "Percentage of the traffic that each group gets, by module and group. Members of others in the same groups are not counted."
  value       = { api = module.api.traffic, web = module.web.traffic, canary = module.canary.traffic }
}
