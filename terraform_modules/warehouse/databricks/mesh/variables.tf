variable "compute" {
  description = "Compute that people and reading tools share, by name: size in the warehouse's words, no cost_limit, seconds of idleness after which it suspends, and the roles that use it."
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
  description = "Name of the catalog that holds every schema of the mesh."
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
}

variable "labels" {
  description = "Labels by name: properties of the catalogs, tags of what computes."
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
  description = "People and reading tools that connect to the warehouse, by login; principal is the address of a person, or the name of a tool's service principal where that is not the login."
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
    condition     = alltrue([for name, value in var.logins : length(value.public_keys) == 0])
    error_message = "logins: Databricks knows no key pairs: take public_keys out, and make a secret of the service principal in the account's console."
  }

  validation {
    condition     = alltrue([for name, value in var.logins : value.person ? can(regex("^[^@\\s]+@[^@\\s]+$", value.principal)) : true])
    error_message = "logins: a person is known by an address: write it under `people.NAME.principal` in mesh.yml."
  }
}

variable "settings" {
  description = "What only this kind has: create_databases: make the catalogs, or find them there; serverless: SQL warehouses of Databricks' own machines; storage_root: where the catalogs' data lies, if not where the metastore keeps it."
  type = object({
    create_databases = optional(bool, true)
    serverless       = optional(bool, true)
    storage_root     = optional(string)
  })
  default  = {}
  nullable = false
}
