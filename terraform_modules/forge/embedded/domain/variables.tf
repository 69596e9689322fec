variable "reads" {
  description = "The mesh's own repositories that the team may read, such as `interfaces`."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "settings" {
  description = "What only this kind of forge has: nothing."
  type        = object({})
  default     = {}
  nullable    = false
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
}
