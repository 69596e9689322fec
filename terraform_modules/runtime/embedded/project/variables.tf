variable "access" {
  description = "Team => what it may do in the project: `read`, `write` or `maintain`; the forge's teams decide here."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "environments" {
  description = "`development`, `ci`, `production` => what the runtime connects as there, where it builds, and variables; the embedded runtime knows its own."
  type = map(object({
    compute   = optional(string)
    database  = optional(string)
    identity  = optional(string)
    role      = optional(string)
    schema    = optional(string)
    variables = optional(map(string), {})
  }))
  default  = {}
  nullable = false
}

variable "jobs" {
  description = "Jobs of the project by name: what one runs, and when if not by hand; meshnew itself starts those of a change or a merge."
  type = map(object({
    command  = string
    on       = optional(string, "hand")
    schedule = optional(string)
    steps    = optional(list(string))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for job in values(var.jobs) : job.schedule == null || can(regex("^[^ ]+( +[^ ]+){4}$", job.schedule))])
    error_message = "schedule must be a cron expression of five fields, such as \"0 6 * * *\" for six every morning."
  }
}

variable "notify" {
  description = "E-mail addresses that hear when a job of production fails; the laptop sends none."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "project" {
  description = "Name of the project."
  type        = string
  nullable    = false
}

variable "repository" {
  description = "Address of the project's repository as the runtime clones it, and the forge's own number of it; the embedded runtime knows."
  type = object({
    id  = optional(string)
    url = string
  })
  default = null
}

variable "secrets" {
  description = "Environment => private key, password or token of its identity; the embedded runtime needs none."
  type        = map(string)
  default     = {}
  nullable    = false
  sensitive   = true
}

variable "settings" {
  description = "What only this kind of runtime has: nothing."
  type        = object({})
  default     = {}
  nullable    = false
}

variable "starter" {
  description = "Whether production has not run yet; the embedded runtime sees for itself."
  type        = bool
  default     = false
  nullable    = false
}
