variable "jobs" {
  description = "Jobs of the project by name: what one runs, and when if not by hand."
  type = map(object({
    command  = string
    schedule = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for job in values(var.jobs) : job.schedule == null || can(regex("^[^ ]+( +[^ ]+){4}$", job.schedule))])
    error_message = "schedule must be a cron expression of five fields, such as \"0 6 * * *\" for six every morning."
  }
}

variable "project" {
  description = "Name of the project."
  type        = string
  nullable    = false
}
