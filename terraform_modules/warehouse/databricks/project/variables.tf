variable "compute" {
  description = "Compute of the project, by name: size in the warehouse's words, no cost_limit, seconds of idleness after which it suspends, and the roles that use it."
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
    condition     = alltrue([for name, value in var.compute : value.max_clusters >= 1])
    error_message = "compute: max_clusters is how many clusters it may grow to, 1 or more."
  }

  validation {
    condition     = alltrue([for name, value in var.compute : value.cost_limit == null])
    error_message = "compute: a SQL warehouse of Databricks knows no limit of what it costs: take cost_limit out, and set a budget in the account's console."
  }

  validation {
    condition     = alltrue([for name, value in var.compute : value.size == null ? true : contains(["2X-Small", "X-Small", "Small", "Medium", "Large", "X-Large", "2X-Large", "3X-Large", "4X-Large"], value.size)])
    error_message = "compute: size must be one of 2X-Small, X-Small, Small, Medium, Large, X-Large, 2X-Large, 3X-Large, 4X-Large."
  }
}

variable "database" {
  description = "Name of the catalog that the project builds in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]*$", var.database))
    error_message = "database must be a catalog in lower snake case, such as `analytics`: change `warehouse.databases` in mesh.yml."
  }
}

variable "databases" {
  description = "Catalog for `ci`, `development` and `raw` data; what is left out lies in `database`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.databases), ["ci", "development", "raw"])) == 0
    error_message = "databases are named ci, development and raw; the one for production is `database`. Rename the key under `warehouse.databases` in mesh.yml."
  }

  validation {
    condition     = alltrue([for name in values(var.databases) : can(regex("^[a-z][a-z0-9_]*$", name))])
    error_message = "each of databases must be a catalog in lower snake case, such as `analytics`: change `warehouse.databases` in mesh.yml."
  }

  validation {
    condition     = lookup(var.databases, "ci", var.database) != var.database
    error_message = "databases must name one for `ci`: CI makes schemas, and nobody does in the one for production. Set `warehouse.databases.ci` in mesh.yml."
  }
}

variable "labels" {
  description = "Labels by name: tags of what computes."
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
    condition     = alltrue([for name, value in var.roles : length(value.public_keys) == 0])
    error_message = "roles: Databricks knows no key pairs: take public_keys out, and make a secret of the service principal in the account's console."
  }
}

variable "settings" {
  description = "What only this kind has: serverless: SQL warehouses of Databricks' own machines."
  type = object({
    serverless = optional(bool, true)
  })
  default  = {}
  nullable = false
}
