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
  description = "Id of the Google Cloud project that the schemas lie in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.database))
    error_message = "database must be the id of a Google Cloud project, such as `skyline-data`: change `warehouse.databases` in mesh.yml."
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
  description = "Labels by name, set on datasets; in values what BigQuery does not take is replaced by `_`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.labels) : can(regex("^[a-z][a-z0-9_]{0,62}$", name))])
    error_message = "labels must be named in lower snake case, such as `cost_center`: change `labels` in mesh.yml."
  }
}

variable "location" {
  description = "Where data is stored, such as `EU` or `europe-west3`; a dataset never moves."
  type        = string
  default     = "EU"
  nullable    = false

  validation {
    condition     = can(regex("^([A-Z]{2}|[a-z]+-[a-z]+[0-9]+)$", var.location))
    error_message = "location must be a region of BigQuery, such as `EU` or `europe-west3`: change `warehouse.location` in mesh.yml."
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
    comment     = optional(string)
    login       = bool
    principal   = optional(string)
    public_keys = optional(list(string), [])
    subjects    = optional(list(string), [])
  }))
  nullable = false

  validation {
    condition     = alltrue([for name, value in var.roles : length(value.public_keys) <= 2])
    error_message = "roles may have two public_keys at most, the one in use and the next: take the oldest out."
  }

  validation {
    condition     = alltrue(flatten([for value in values(var.roles) : [for key in value.public_keys : can(regex("^[A-Za-z0-9+/=\\s]+$", key))]]))
    error_message = "roles: a public_key is the base64 of a certificate, without its BEGIN and END lines; a private key belongs in no file and no state. Take the one that `openssl req -x509 -new -key` prints."
  }

  validation {
    condition     = alltrue([for name in keys(var.roles) : length("${var.settings.group_prefix}-${name}") <= 64])
    error_message = "roles: a group's address ends at 64 characters, its prefix included. Choose a shorter name of the mesh, domain, project or member it is made of."
  }

  validation {
    condition     = alltrue([for name, value in var.roles : value.login ? can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", coalesce(value.principal, replace(name, "_", "-")))) : value.principal == null])
    error_message = "roles: one that connects is a service account, of 6 to 30 letters, digits and `-`; others have no principal. Choose another name of the domain or project, or a principal that fits."
  }

  validation {
    condition     = alltrue(flatten([for value in values(var.roles) : [for subject in value.subjects : length(subject) <= 127]]))
    error_message = "roles: Google takes subjects of up to 127 characters. Choose a shorter name of the project."
  }

  validation {
    condition     = alltrue([for name, value in var.roles : length(value.subjects) == 0 ? true : var.settings.oidc_issuer != null])
    error_message = "roles: subjects are of tokens that somebody issues: set `runtime` in mesh.yml to the forge's CI, or leave subjects out."
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
    condition     = alltrue([for name in keys(var.schemas) : length(name) <= 1024])
    error_message = "schemas: a name ends at 1024 characters here. Choose a shorter name of the domain, project or member it is made of."
  }

  validation {
    condition     = alltrue([for schema in values(var.schemas) : length(flatten([for name in schema.views_of : try(var.schemas[name].views_of, [])])) == 0])
    error_message = "views_of names schemas whose own views read no other: BigQuery authorises a dataset that is there already. Take the longer way out."
  }

  validation {
    condition     = alltrue([for schema in values(var.schemas) : schema.database == null ? true : can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", schema.database))])
    error_message = "schemas: database must be the id of a Google Cloud project, such as `skyline-data`: change `warehouse.databases` in mesh.yml."
  }
}

variable "settings" {
  description = "What only this kind has: customer: the organisation's number at Google; group_domain: what the groups' addresses end with; group_prefix: what they begin with; oidc_issuer: who issues the tokens that `subjects` are of; pool: name of the pool by which they are known."
  type = object({
    customer     = string
    group_domain = string
    group_prefix = optional(string, "mesh")
    oidc_issuer  = optional(string)
    pool         = optional(string, "meshnew")
  })
  nullable = false

  validation {
    condition     = can(regex("^C[0-9a-z]{5,}$", var.settings.customer))
    error_message = "settings.customer is the organisation's number at Google, such as `C012abcd`: set `warehouse.customer` in mesh.yml to what `gcloud organizations list` has as DIRECTORY_CUSTOMER_ID."
  }

  validation {
    condition     = can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", var.settings.group_domain))
    error_message = "settings.group_domain is the domain that the groups' addresses end with, such as `skyline.example`: change `warehouse.group_domain` in mesh.yml."
  }

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9_-]{0,60}[a-z0-9])?$", var.settings.group_prefix))
    error_message = "settings.group_prefix is what the addresses of the groups begin with: lower-case letters, digits, `_` and `-`."
  }
}
