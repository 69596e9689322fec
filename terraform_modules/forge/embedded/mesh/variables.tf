variable "platform_team" {
  description = "The team that maintains the mesh's own repositories, and who is in it."
  type = object({
    members = list(string)
    name    = string
  })
  nullable = false
}

variable "repositories" {
  description = "The mesh's own repositories by name, and what a change of their protected branches needs."
  type = map(object({
    description = string
    protected_branches = optional(map(object({
      checks    = optional(set(string), [])
      approvals = optional(number, 0)
    })), {})
  }))
  default  = {}
  nullable = false
}

variable "settings" {
  description = "What only this kind of forge has: nothing."
  type        = object({})
  default     = {}
  nullable    = false
}

variable "starter" {
  description = "Whether nothing was pushed yet; the embedded forge sees for itself."
  type        = bool
  default     = false
  nullable    = false
}
