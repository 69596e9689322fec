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
