variable "platform_team" {
  description = "The team that maintains the mesh's own repositories, and who is in it."
  type = object({
    members = list(string)
    name    = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-z0-9]+([-_][a-z0-9]+)*$", var.platform_team.name))
    error_message = "a team is named as GitLab writes it in addresses, in lower case with `-` or `_`: rename platform_team in mesh.yml, such as `platform`."
  }
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
  description = "What only GitLab has: as in `project`, and whose GitLab name is not their login."
  type = object({
    group      = string
    tier       = optional(string, "free")
    usernames  = optional(map(string), {})
    visibility = optional(string, "private")
  })
  nullable = false
}

variable "starter" {
  description = "Whether nothing was pushed yet: maintainers may then push to protected branches."
  type        = bool
  default     = false
  nullable    = false
}
