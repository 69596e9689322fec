variable "reads" {
  description = "The mesh's own repositories that the team may read, such as `interfaces`."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "settings" {
  description = "What only GitLab has: full path of the mesh's group, and whose GitLab name is not their login."
  type = object({
    group      = string
    usernames  = optional(map(string), {})
    visibility = optional(string, "private")
  })
  nullable = false
}

variable "teams" {
  description = "The domain's team and who is in it; empty where another stack makes the team."
  type = map(object({
    members = list(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(var.teams) <= 1
    error_message = "a domain has one team: keep one in teams, or split the domain."
  }

  validation {
    condition     = alltrue([for name in keys(var.teams) : can(regex("^[a-z0-9]+([-_][a-z0-9]+)*$", name))])
    error_message = "a team is named as GitLab writes it in addresses, in lower case with `-` or `_`: rename `team` in projects/*.yml, such as `flights-data`."
  }
}
