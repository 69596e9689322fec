variable "database" {
  description = "Name of the database that holds every schema of the mesh."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z](_?[a-z0-9])*$", var.database))
    error_message = "database must be lower snake case and begin with a letter, such as `skyline`: change `name` in mesh.yml."
  }
}

variable "logins" {
  description = "People and reading tools that connect to the warehouse, by login."
  type = map(object({
    comment = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.logins) : can(regex("^[a-z](_?[a-z0-9])*$", name))])
    error_message = "logins must be lower snake case and begin with a letter, such as `ada`: change the members in projects/*.yml or the readers in mesh.yml."
  }
}
