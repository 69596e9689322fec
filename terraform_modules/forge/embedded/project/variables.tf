variable "access" {
  description = "Team => what it may do in the repository: `read`, `write` or `maintain`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for permission in values(var.access) : contains(["read", "write", "maintain"], permission)])
    error_message = "access takes one of read, write, maintain for each team: use `write` for the team that works in the repository."
  }
}

variable "deploy_keys" {
  description = "Public keys that may read the repository, or write it too, by title; the laptop has none."
  type = map(object({
    key   = string
    write = optional(bool, false)
  }))
  default  = {}
  nullable = false
}

variable "environments" {
  description = "What jobs run in, by name: variables, names of secrets, and whether only protected branches may use it; the laptop has one, its own."
  type = map(object({
    protected = optional(bool, false)
    secrets   = optional(set(string), [])
    variables = optional(map(string), {})
  }))
  default  = {}
  nullable = false
}

variable "labels" {
  description = "Labels of changes and issues by name; the embedded forge shows none."
  type = map(object({
    color       = string
    description = optional(string, "")
  }))
  default  = {}
  nullable = false
}

variable "protected_branches" {
  description = "Branches that take one first push and then changes only: names of the checks a change must have passed, and how many owners must have approved it."
  type = map(object({
    checks    = optional(set(string), [])
    approvals = optional(number, 0)
  }))
  default  = { main = {} }
  nullable = false

  validation {
    condition     = alltrue([for branch in values(var.protected_branches) : branch.approvals >= 0 && floor(branch.approvals) == branch.approvals])
    error_message = "approvals of a protected branch is a whole number: 1 asks one owner of each file, 0 asks nobody."
  }
}

variable "repository" {
  description = "The project's repository and one line that says what it is for."
  type = object({
    description = string
    name        = string
    topics      = optional(set(string), [])
  })
  nullable = false
}

variable "schedules" {
  description = "Job => when it runs, as cron has it in UTC. The runtime keeps it; nothing is made of it here."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "settings" {
  description = "What only this kind of forge has: nothing."
  type        = object({})
  default     = {}
  nullable    = false
}

variable "starter" {
  description = "Whether nothing was pushed yet; the embedded forge sees for itself."
  type        = bool
  default     = false
  nullable    = false
}

variable "variables" {
  description = "Variables of the repository's CI by name, for all environments; no secrets; the laptop needs none."
  type        = map(string)
  default     = {}
  nullable    = false
}
