# The team of a domain.

locals {
  reads = merge([
    for team in keys(var.teams) : {
      for repository in var.reads : "${team}/${repository}" => { repository = repository, team = team }
    }
  ]...)
}

resource "embedded_team" "this" {
  for_each = var.teams

  name    = each.key
  members = each.value.members
}

resource "embedded_repository_access" "reads" {
  for_each = local.reads

  repository = each.value.repository
  team       = embedded_team.this[each.value.team].name
  permission = "read"
}
