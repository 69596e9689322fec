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
  })
  nullable = false
}
