variable "compute" {
  description = "Compute that people and reading tools share, by name: size in the warehouse's words, a monthly cost_limit in its unit, seconds of idleness after which it suspends, and the roles that use it."
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
    condition     = alltrue([for name in keys(var.compute) : can(regex("^[a-z](_?[a-z0-9])*$", name))])
    error_message = "compute must be lower snake case and begin with a letter, such as `flights`: change its name in the spec."
  }

  validation {
    condition     = alltrue([for name, value in var.compute : value.cost_limit == null ? true : value.cost_limit > 0])
    error_message = "compute: cost_limit is what it may cost a month, more than 0; leave it out for no limit."
  }

  validation {
    condition     = alltrue([for name, value in var.compute : value.max_clusters >= 1])
    error_message = "compute: max_clusters is how many clusters it may grow to, 1 or more."
  }

  validation {
    condition     = alltrue([for name, value in var.compute : value.size == null ? true : contains(["XSMALL", "SMALL", "MEDIUM", "LARGE", "XLARGE", "XXLARGE", "XXXLARGE", "X4LARGE", "X5LARGE", "X6LARGE"], value.size)])
    error_message = "compute: size must be one of XSMALL, SMALL, MEDIUM, LARGE, XLARGE, XXLARGE, XXXLARGE, X4LARGE, X5LARGE, X6LARGE."
  }

  validation {
    condition     = alltrue([for name, value in var.compute : value.cost_limit == null ? true : floor(value.cost_limit) == value.cost_limit])
    error_message = "compute: cost_limit is a whole number of credits."
  }
}

variable "database" {
  description = "Name of the database that holds every schema of the mesh."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z_][A-Za-z0-9_$]*$", var.database))
    error_message = "database must be an identifier that needs no quotes, such as `ANALYTICS`: change `warehouse.databases` in mesh.yml."
  }
}

variable "databases" {
  description = "Database for `ci`, `development` and `raw` data; what is left out lies in `database`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.databases), ["ci", "development", "raw"])) == 0
    error_message = "databases are named ci, development and raw; the one for production is `database`. Rename the key under `warehouse.databases` in mesh.yml."
  }

  validation {
    condition     = alltrue([for name in values(var.databases) : can(regex("^[A-Za-z_][A-Za-z0-9_$]*$", name))])
    error_message = "each of databases must be an identifier that needs no quotes, such as `ANALYTICS`: change `warehouse.databases` in mesh.yml."
  }
}

variable "labels" {
  description = "Tags by name: the mesh makes them, domains and projects set them on what they make."
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

variable "logins" {
  description = "People and reading tools that connect to the warehouse, by login; principal is who a person is there, where that is not the login."
  type = map(object({
    comment     = optional(string)
    person      = optional(bool, true)
    principal   = optional(string)
    public_keys = optional(list(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.logins) : can(regex("^[a-z](_?[a-z0-9])*$", name))])
    error_message = "logins must be lower snake case and begin with a letter, such as `ada`: change the members in projects/*.yml or the readers in mesh.yml."
  }

  validation {
    condition     = alltrue([for name in keys(var.logins) : length(name) <= 255])
    error_message = "logins: a name ends at 255 characters here. Choose a shorter name of the domain, project or member it is made of."
  }

  validation {
    condition     = alltrue([for name, value in var.logins : length(value.public_keys) <= 2])
    error_message = "logins may have two public_keys at most, the one in use and the next: take the oldest out."
  }

  validation {
    condition     = alltrue(flatten([for value in values(var.logins) : [for key in value.public_keys : can(regex("^[A-Za-z0-9+/=\\s]+$", key))]]))
    error_message = "logins: a public_key is the base64 of a public key, without its BEGIN and END lines; a private key belongs in no file and no state. Take the one that `openssl rsa -pubout` prints."
  }
}

variable "settings" {
  description = "What only this kind has: create_databases: make the databases, or find them there; retention_days: days of Time Travel; tag_schema: schema of `database` that holds the tags."
  type = object({
    create_databases = optional(bool, true)
    retention_days   = optional(number, 1)
    tag_schema       = optional(string, "MESHNEW")
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.settings.retention_days >= 0 && var.settings.retention_days <= 90
    error_message = "settings.retention_days must be between 0 and 90: change `warehouse.retention_days` in mesh.yml."
  }
}
