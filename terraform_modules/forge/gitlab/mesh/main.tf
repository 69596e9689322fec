# The mesh's own repositories, and the team that looks after the platform.

data "gitlab_group" "parent" {
  full_path = var.settings.group
}

data "gitlab_user" "platform" {
  for_each = toset(var.platform_team.members)

  username = lookup(var.settings.usernames, each.key, each.key)
}

resource "gitlab_group" "platform" {
  name        = var.platform_team.name
  path        = var.platform_team.name
  parent_id   = data.gitlab_group.parent.group_id
  description = "Looks after the mesh's platform"

  project_creation_level  = "noone"
  request_access_enabled  = false
  subgroup_creation_level = "owner"
  visibility_level        = var.settings.visibility
}

# What a member may do in a repository is said where the group has its share.
resource "gitlab_group_membership" "platform" {
  for_each = toset(var.platform_team.members)

  group_id     = gitlab_group.platform.id
  user_id      = data.gitlab_user.platform[each.key].user_id
  access_level = "maintainer"
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

  depends_on = [gitlab_group.platform]
}
