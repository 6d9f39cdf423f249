variable "server_group_id" {
  description = "Server group that the members are in, such as sgp-bp1example."
  type        = string
}

variable "groups" {
  description = "Groups by name, each with its share of the traffic and its members by name: `server_id`, the ECS instance or, of type ip, the address, its `port`, and optionally `type` (ecs, eni, eci or ip), `server_ip` (for eni and eci), `remote_ip_enabled` (for ip) and `description`. Shares are relative. With share 0 the members stay and get no new requests."
  type = map(object({
    share = number
    members = map(object({
      server_id         = string
      port              = number
      type              = optional(string)
      server_ip         = optional(string)
      remote_ip_enabled = optional(bool)
      description       = optional(string)
    }))
  }))

  validation {
    condition     = !anytrue([for name in keys(var.groups) : strcontains(name, "/")])
    error_message = "The name of a group must have no slash, because members are labelled GROUP/MEMBER."
  }
}

variable "drain_duration" {
  description = "How long a member is at weight 0 before it is removed, such as 30s. Null: it is removed at once."
  type        = string
  default     = null
}

variable "wait_for_drained" {
  description = "Whether a removal waits until the group no longer lists the member, whose connections it may let end."
  type        = bool
  default     = true
}

variable "wait_for_healthy" {
  description = "Whether an apply waits until added members pass their health checks before it changes weights."
  type        = bool
  default     = false
}

variable "exclusive" {
  description = "Whether members that others have added are removed. They would get traffic that no share accounts for."
  type        = bool
  default     = false
}

variable "adopt_existing" {
  description = "Whether members that are in the group already are taken over. Without it they are an error."
  type        = bool
  default     = false
}

variable "region" {
  description = "Region of the group. Null: the provider's."
  type        = string
  default     = null
}

variable "timeouts" {
  description = "How long the apply may take, such as { update = \"15m\" }."
  type = object({
    create = optional(string)
    read   = optional(string)
    update = optional(string)
    delete = optional(string)
  })
  default = null
}
