variable "compute" {
  description = "The right to run jobs that people and reading tools have, by name: who has it, and a monthly cost_limit at which an alarm goes off. Nothing idles, so suspend_after is ignored."
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
    condition     = alltrue([for name, value in var.compute : value.max_clusters == 1])
    error_message = "compute: BigQuery grows by itself; leave max_clusters out."
  }

  validation {
    condition     = alltrue([for name, value in var.compute : value.size == null])
    error_message = "compute: BigQuery has no sizes; leave size out."
  }

  validation {
    condition     = alltrue([for name, value in var.compute : value.cost_limit == null ? true : floor(value.cost_limit) == value.cost_limit])
    error_message = "compute: cost_limit is a whole number, in the currency of the billing account."
  }

  validation {
    condition     = alltrue([for name, value in var.compute : value.cost_limit == null ? true : var.settings.billing_account != null])
    error_message = "compute: a cost_limit is watched by whoever pays: set `warehouse.billing_account` in mesh.yml, or leave cost_limit out."
  }
}

variable "database" {
  description = "Id of the Google Cloud project that holds every schema of the mesh."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.database))
    error_message = "database must be the id of a Google Cloud project, such as `skyline-data`: change `warehouse.databases` in mesh.yml."
  }
}

variable "databases" {
  description = "Google Cloud project for `ci`, `development` and `raw` data; what is left out lies in `database`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.databases), ["ci", "development", "raw"])) == 0
    error_message = "databases are named ci, development and raw; the one for production is `database`. Rename the key under `warehouse.databases` in mesh.yml."
  }

  validation {
    condition     = alltrue([for name in values(var.databases) : can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", name))])
    error_message = "each of databases must be the id of a Google Cloud project, such as `skyline-data`: change `warehouse.databases` in mesh.yml."
  }
}

variable "labels" {
  description = "Labels by name; they are set on the datasets of domains."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.labels) : can(regex("^[a-z][a-z0-9_]{0,62}$", name))])
    error_message = "labels must be named in lower snake case, such as `cost_center`: change `labels` in mesh.yml."
  }
}

variable "location" {
  description = "Where data is stored; domains place their datasets there."
  type        = string
  default     = "EU"
  nullable    = false

  validation {
    condition     = can(regex("^([A-Z]{2}|[a-z]+-[a-z]+[0-9]+)$", var.location))
    error_message = "location must be a region of BigQuery, such as `EU` or `europe-west3`: change `warehouse.location` in mesh.yml."
  }
}

variable "logins" {
  description = "People and reading tools that connect to the warehouse, by login; principal is the address of a person, or the name of a tool's service account where that is not the login."
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
    condition     = alltrue([for name, value in var.logins : length(value.public_keys) <= 2])
    error_message = "logins may have two public_keys at most, the one in use and the next: take the oldest out."
  }

  validation {
    condition     = alltrue(flatten([for value in values(var.logins) : [for key in value.public_keys : can(regex("^[A-Za-z0-9+/=\\s]+$", key))]]))
    error_message = "logins: a public_key is the base64 of a certificate, without its BEGIN and END lines; a private key belongs in no file and no state. Take the one that `openssl req -x509 -new -key` prints."
  }

  validation {
    condition     = alltrue([for name in keys(var.logins) : length("${var.settings.group_prefix}-${name}") <= 64])
    error_message = "logins: a group's address ends at 64 characters, its prefix included. Choose a shorter name of the mesh, domain, project or member it is made of."
  }

  validation {
    condition     = alltrue([for name, value in var.logins : value.person ? can(regex("^[^@\\s]+@[^@\\s]+$", value.principal)) : true])
    error_message = "logins: a person is known by an address: write it under `people.NAME.principal` in mesh.yml."
  }

  validation {
    condition     = alltrue([for name, value in var.logins : value.person ? true : can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", coalesce(value.principal, replace(name, "_", "-"))))])
    error_message = "logins: a tool is a service account, of 6 to 30 letters, digits and `-`: rename the reader in mesh.yml, or give it a principal that fits."
  }
}

variable "settings" {
  description = "What only this kind has: billing_account: the one that pays, where there is a cost_limit; customer: the organisation's number at Google; group_domain: what the groups' addresses end with; group_prefix: what they begin with; oidc_issuer: who issues the tokens that `subjects` are of; oidc_subjects: how the subjects of this organisation begin; pool: name of the pool by which they are known."
  type = object({
    billing_account = optional(string)
    customer        = string
    group_domain    = string
    group_prefix    = optional(string, "mesh")
    oidc_issuer     = optional(string)
    oidc_subjects   = optional(string, "")
    pool            = optional(string, "meshnew")
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

  validation {
    condition     = can(regex("^[A-Za-z0-9_./:-]*$", var.settings.oidc_subjects))
    error_message = "settings.oidc_subjects may have letters, digits, `_`, `.`, `/`, `:` and `-`: it becomes part of a condition."
  }

  validation {
    condition     = var.settings.oidc_issuer == null ? true : length(var.settings.oidc_subjects) > 0
    error_message = "settings.oidc_subjects says how the subjects of this organisation's jobs begin, such as `repo:skyline/`: without it anybody's job at the issuer would be let in."
  }
}
