# The mesh's own repositories, and the team that looks after the platform.

resource "embedded_repository" "this" {
  for_each = var.repositories

  name        = each.key
  description = each.value.description
}

resource "embedded_team" "platform" {
  name    = var.platform_team.name
  members = var.platform_team.members
}

resource "embedded_repository_access" "platform" {
  for_each = embedded_repository.this

  repository = each.value.name
  team       = embedded_team.platform.name
  permission = "maintain"
}
