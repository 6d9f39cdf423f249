output "weights" {
  description = "Weight of each member, by group."
  value       = module.split.weights
}

output "traffic" {
  description = "Percentage of the traffic that each group gets by these weights, to two decimals."
  value       = module.split.traffic
}

output "members" {
  description = "The members as the provider has them, by GROUP/MEMBER."
  value       = cloudlb_nlb_server_group_servers.this.servers
}
