variable "platform_team" {
  description = "The team that maintains the mesh's own repositories, and who is in it."
  type = object({
    members = list(string)
    name    = string
  })
  nullable = false
}

variable "repositories" {
  description = "The mesh's own repositories by name."
  type = map(object({
    description = string
  }))
  default  = {}
  nullable = false
}
