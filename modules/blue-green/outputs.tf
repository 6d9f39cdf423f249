output "weights" {
  description = "Weight of each member, by group."
  value       = local.weights
}

output "traffic" {
  description = "Percentage of the traffic that each group gets by these weights, to two decimals."
  value       = local.traffic
}
