output "weights" {
  description = "Weight of each member, by group."
  value       = module.groups.weights
}

output "traffic" {
  description = "Percentage of the traffic that each group gets by these weights, to two decimals."
  value       = module.groups.traffic
}

output "members" {
  description = "The members as the provider has them, by GROUP/MEMBER."
  value       = module.groups.members
}
