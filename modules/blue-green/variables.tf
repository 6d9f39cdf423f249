variable "groups" {
  description = "Groups by name: how many members each has, and the share of the traffic that it is to get. Shares are relative."
  type = map(object({
    share   = number
    members = number
  }))
}
