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
  description = "Branches that take one first push and then changes only."
  type        = list(string)
  default     = ["main"]
  nullable    = false
}

variable "repository" {
  description = "The project's repository and one line that says what it is for."
  type = object({
    description = string
    name        = string
  })
  nullable = false
}
