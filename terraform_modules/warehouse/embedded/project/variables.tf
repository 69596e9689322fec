variable "compute" {
  description = "Compute of the project, by name; this platform has none of its own and ignores it."
  type = map(object({
    cost_limit    = optional(number)
    max_clusters  = optional(number, 1)
    size          = optional(string)
    suspend_after = optional(number, 60)
    users         = list(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name, value in var.compute : value.cost_limit == null ? true : value.cost_limit > 0])
    error_message = "compute: cost_limit is what it may cost a month, more than 0; leave it out for no limit."
  }

  validation {
    condition     = alltrue([for name, value in var.compute : value.max_clusters >= 1])
    error_message = "compute: max_clusters is how many clusters it may grow to, 1 or more."
  }
}

variable "database" {
  description = "Name of the database that the project builds in."
  type        = string
  nullable    = false
}

variable "databases" {
  description = "Database for `ci`, `development` and `raw` data; what is left out lies in `database`. This platform has one for all."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.databases), ["ci", "development", "raw"])) == 0
    error_message = "databases are named ci, development and raw; the one for production is `database`. Rename the key under `warehouse.databases` in mesh.yml."
  }
}

variable "labels" {
  description = "Labels by name; this platform keeps none."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.labels) : can(regex("^[a-z][a-z0-9_]{0,62}$", name))])
    error_message = "labels must be named in lower snake case, such as `cost_center`: change `labels` in mesh.yml."
  }
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
    error_message = "roles: a public_key is the base64 of a public key, without its BEGIN and END lines; a private key belongs in no file and no state. Take the one that `openssl rsa -pubout` prints."
  }
}

variable "settings" {
  description = "Nothing: this layer has no settings of its own."
  type        = object({})
  default     = {}
  nullable    = false
}
