# The team of a domain.

locals {
  members = merge([
    for team, about in var.teams : {
      for member in about.members : "${team}/${member}" => { member = member, team = team }
    }
  ]...)
  reads = merge([
    for team in keys(var.teams) : {
      for repository in var.reads : "${team}/${repository}" => { repository = repository, team = team }
    }
  ]...)
}

resource "github_team" "this" {
  for_each = var.teams

  name        = each.key
  description = "Owns data products of the mesh"
  privacy     = "closed"
}

resource "github_team_membership" "this" {
  for_each = local.members

  team_id  = github_team.this[each.value.team].slug
  username = lookup(var.settings.usernames, each.value.member, each.value.member)

  # An owner of the organisation is a maintainer of each team, whatever is asked for.
  role = contains(var.settings.organization_owners, each.value.member) ? "maintainer" : "member"
}

resource "github_team_repository" "reads" {
  for_each = local.reads

  repository = each.value.repository
  team_id    = github_team.this[each.value.team].slug
  permission = "pull"
}
