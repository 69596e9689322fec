variable "reads" {
  description = "The mesh's own repositories that the team may read, such as `interfaces`."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "settings" {
  description = "What only GitHub has: the owners of the organization, and whose GitHub name is not their login."
  type = object({
    organization_owners = optional(set(string), [])
    usernames           = optional(map(string), {})
  })
  default  = {}
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
    error_message = "a team is named as GitHub writes it in addresses, in lower case with `-` or `_`: rename `team` in projects/*.yml, such as `flights-data`."
  }
}
