variable "server_group_id" {
  description = "Server group that the members are in, such as sgp-bp1example."
  type        = string
}

variable "stable" {
  description = "Members that serve today, by name: `server_id`, the ECS instance or, of type ip, the address, its `port`, and optionally `type` (ecs, eni, eci or ip), `server_ip` (for eni and eci) and `description`."
  type = map(object({
    server_id   = string
    port        = number
    type        = optional(string)
    server_ip   = optional(string)
    description = optional(string)
  }))
}

variable "canary" {
  description = "Members that are tried out, by name, with the same attributes."
  type = map(object({
    server_id   = string
    port        = number
    type        = optional(string)
    server_ip   = optional(string)
    description = optional(string)
  }))
  default = {}
}

variable "canary_share" {
  description = "Percentage of the traffic that the canary gets, 0 to 100; fractions too."
  type        = number
  default     = 0

  validation {
    condition     = var.canary_share >= 0 && var.canary_share <= 100
    error_message = "canary_share is a percentage, 0 to 100."
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
