variable "compute" {
  description = "Compute of the project, by name: size in the warehouse's words, a monthly cost_limit in its unit, seconds of idleness after which it suspends, and the roles that use it."
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
  description = "Name of the database that the project builds in."
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

  validation {
    condition     = lookup(var.databases, "ci", var.database) != var.database
    error_message = "databases must name one for `ci`: CI makes schemas, and nobody does in the one for production. Set `warehouse.databases.ci` in mesh.yml."
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
    condition     = alltrue([for name in keys(var.roles) : length(name) <= 255])
    error_message = "roles: a name ends at 255 characters here. Choose a shorter name of the domain, project or member it is made of."
  }

  validation {
    condition     = alltrue([for name, value in var.roles : length(value.public_keys) <= 2])
    error_message = "roles may have two public_keys at most, the one in use and the next: take the oldest out."
  }

  validation {
    condition     = alltrue(flatten([for value in values(var.roles) : [for key in value.public_keys : can(regex("^[A-Za-z0-9+/=\\s]+$", key))]]))
    error_message = "roles: a public_key is the base64 of a public key, without its BEGIN and END lines; a private key belongs in no file and no state. Take the one that `openssl rsa -pubout` prints."
  }

  validation {
    condition     = alltrue([for name, value in var.roles : length(value.subjects) <= 1])
    error_message = "roles: Snowflake takes one subject of an identity: give each environment an identity of its own."
  }

  validation {
    condition     = alltrue([for name, value in var.roles : length(value.subjects) == 0 ? true : var.settings.oidc_issuer != null])
    error_message = "roles: subjects are of tokens that somebody issues: set `warehouse.oidc_issuer` in mesh.yml."
  }
}

variable "settings" {
  description = "What only this kind has: oidc_issuer: who issues the tokens that `subjects` are of, such as `https://token.actions.githubusercontent.com`; tag_schema: schema of `database` that holds the tags."
  type = object({
    oidc_issuer = optional(string)
    tag_schema  = optional(string, "MESHNEW")
  })
  default  = {}
  nullable = false
}
