variable "allowed_members" {
  description = "Role of the domain => every role that may be a member of it, whichever stack grants that; others are removed."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for role in keys(var.allowed_members) : contains(keys(var.roles), role)])
    error_message = "allowed_members names a role that is not in roles: add it to roles, or leave it to the stack of its own domain."
  }
}

variable "database" {
  description = "Name of the database that the schemas lie in."
  type        = string
  nullable    = false
}

variable "domain" {
  description = "Name of the domain."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z](_?[a-z0-9])*$", var.domain))
    error_message = "domain must be lower snake case and begin with a letter, such as `flights`: rename it in projects/*.yml."
  }
}

variable "memberships" {
  description = "Members and readers of the domain, keyed `role/member`: the member has all rights of the role."
  type = map(object({
    member = string
    role   = string
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for key, value in var.memberships : key == "${value.role}/${value.member}"])
    error_message = "memberships must be keyed `role/member`, such as `flights_developer/ada`."
  }
}

variable "roles" {
  description = "Roles of the domain by name; a login is one that connects."
  type = map(object({
    comment = optional(string)
    login   = bool
  }))
  nullable = false
}

variable "schemas" {
  description = "Schemas of the domain by name: who owns one, whose relations (makers) its readers read, today's and tomorrow's, who uses it and who else creates in it."
  type = map(object({
    creators = optional(list(string), [])
    makers   = list(string)
    owner    = string
    readers  = list(string)
    users    = list(string)
  }))
  nullable = false

  validation {
    condition     = alltrue([for schema in values(var.schemas) : length(setsubtract(schema.readers, schema.users)) == 0])
    error_message = "every reader of a schema must be one of its users too: who may not use a schema reads nothing in it. Add the reader to users."
  }
}
