variable "database" {
  description = "Name of the database that the project builds in."
  type        = string
  nullable    = false
}

variable "memberships" {
  description = "What the project's identities and its domains' roles join, keyed `role/member`: the member has all rights of the role."
  type = map(object({
    member = string
    role   = string
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for key, value in var.memberships : key == "${value.role}/${value.member}"])
    error_message = "memberships must be keyed `role/member`, such as `flights_owner/flights_transformer`."
  }
}

variable "project" {
  description = "Name of the project."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z](_?[a-z0-9])*$", var.project))
    error_message = "project must be lower snake case and begin with a letter, such as `flights`: rename its file in projects/."
  }
}

variable "roles" {
  description = "Identities of the project by name; a login is one that connects."
  type = map(object({
    comment = optional(string)
    login   = bool
  }))
  nullable = false
}
