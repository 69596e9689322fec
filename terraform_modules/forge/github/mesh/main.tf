# The mesh's own repositories, and the team that looks after the platform.

resource "github_team" "platform" {
  name        = var.platform_team.name
  description = "Looks after the mesh's platform"
  privacy     = "closed"
}

resource "github_team_membership" "platform" {
  for_each = toset(var.platform_team.members)

  team_id  = github_team.platform.slug
  username = lookup(var.settings.usernames, each.key, each.key)

  # An owner of the organisation is a maintainer of each team, whatever is asked for.
  role = contains(var.settings.organization_owners, each.key) ? "maintainer" : "member"
}

# The mesh's repositories are repositories like those of projects.
module "repository" {
  source   = "../project"
  for_each = var.repositories

  access             = { (var.platform_team.name) = "maintain" }
  protected_branches = each.value.protected_branches
  repository         = { name = each.key, description = each.value.description }
  settings           = var.settings
  starter            = var.starter

  depends_on = [github_team.platform]
}
