variable "platform_team" {
  description = "The team that maintains the mesh's own repositories, and who is in it."
  type = object({
    members = list(string)
    name    = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-z0-9]+([-_][a-z0-9]+)*$", var.platform_team.name))
    error_message = "a team is named as GitHub writes it in addresses, in lower case with `-` or `_`: rename platform_team in mesh.yml, such as `platform`."
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
  description = "What only GitHub has: as in `project`, and the owners of the organization and whose GitHub name is not their login."
  type = object({
    check_contexts      = optional(map(string), {})
    checks_app          = optional(number)
    organization        = string
    organization_owners = optional(set(string), [])
    provisioner = optional(object({
      id   = optional(number)
      type = string
    }))
    usernames  = optional(map(string), {})
    visibility = optional(string, "private")
  })
  nullable = false
}

variable "starter" {
  description = "Whether nothing was pushed yet: the provisioning identity may then push past the protection."
  type        = bool
  default     = false
  nullable    = false
}
