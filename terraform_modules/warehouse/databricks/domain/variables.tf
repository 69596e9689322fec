variable "allowed_members" {
  description = "Role of the domain => every role that may be a member of it, whichever stack grants that; this platform does not tell strangers, so nobody is removed."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for role in keys(var.allowed_members) : contains(keys(var.roles), role)])
    error_message = "allowed_members names a role that is not in roles: add it to roles, or leave it to the stack of its own domain."
  }
}

variable "database" {
  description = "Name of the catalog that the schemas lie in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]*$", var.database))
    error_message = "database must be a catalog in lower snake case, such as `analytics`: change `warehouse.databases` in mesh.yml."
  }
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

variable "drop_data" {
  description = "Whether taking a schema down may take its tables with it."
  type        = bool
  default     = false
  nullable    = false
}

variable "labels" {
  description = "Labels by name: properties of the schemas."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.labels) : can(regex("^[a-z][a-z0-9_]{0,62}$", name))])
    error_message = "labels must be named in lower snake case, such as `cost_center`: change `labels` in mesh.yml."
  }
}

variable "location" {
  description = "Where data is stored; this warehouse does not let one choose."
  type        = string
  default     = null
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
    comment     = optional(string)
    login       = bool
    principal   = optional(string)
    public_keys = optional(list(string), [])
    subjects    = optional(list(string), [])
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.roles) : length(name) <= 255])
    error_message = "roles: a name ends at 255 characters here. Choose a shorter name of the domain, project or member it is made of."
  }

  validation {
    condition     = alltrue([for name, value in var.roles : length(value.public_keys) == 0])
    error_message = "roles: Databricks knows no key pairs: take public_keys out, and make a secret of the service principal in the account's console."
  }
}

variable "schemas" {
  description = "Schemas of the domain by name: who owns one, whose relations (makers) its readers read, today's and tomorrow's, who uses it and who else creates in it."
  type = map(object({
    creators = optional(list(string), [])
    database = optional(string)
    makers   = list(string)
    owner    = string
    readers  = list(string)
    users    = list(string)
    views_of = optional(list(string), [])
  }))
  nullable = false

  validation {
    condition     = alltrue([for schema in values(var.schemas) : length(setsubtract(schema.readers, schema.users)) == 0])
    error_message = "every reader of a schema must be one of its users too: who may not use a schema reads nothing in it. Add the reader to users."
  }

  validation {
    condition     = alltrue([for schema in values(var.schemas) : length(setsubtract(schema.views_of, keys(var.schemas))) == 0])
    error_message = "views_of names schemas of the same domain: others' products are read by whoever asks, through a role of their own."
  }

  validation {
    condition     = alltrue([for name in keys(var.schemas) : length(name) <= 255])
    error_message = "schemas: a name ends at 255 characters here. Choose a shorter name of the domain, project or member it is made of."
  }

  validation {
    condition     = alltrue([for schema in values(var.schemas) : schema.database == null ? true : can(regex("^[a-z][a-z0-9_]*$", schema.database))])
    error_message = "schemas: database must be a catalog in lower snake case, such as `analytics`: change `warehouse.databases` in mesh.yml."
  }
}

variable "settings" {
  description = "Nothing: this layer has no settings of its own."
  type        = object({})
  default     = {}
  nullable    = false
}
