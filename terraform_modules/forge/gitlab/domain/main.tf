# The team of a domain: a group in the mesh's group.

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

data "gitlab_group" "parent" {
  full_path = var.settings.group
}

data "gitlab_user" "member" {
  for_each = toset(flatten([for team in values(var.teams) : team.members]))

  username = lookup(var.settings.usernames, each.key, each.key)
}

resource "gitlab_group" "this" {
  for_each = var.teams

  name        = each.key
  path        = each.key
  parent_id   = data.gitlab_group.parent.group_id
  description = "Owns data products of the mesh"

  project_creation_level  = "noone"
  request_access_enabled  = false
  subgroup_creation_level = "owner"
  visibility_level        = var.settings.visibility
}

# What a member may do in a repository is said where the group has its share.
resource "gitlab_group_membership" "this" {
  for_each = local.members

  group_id     = gitlab_group.this[each.value.team].id
  user_id      = data.gitlab_user.member[each.value.member].user_id
  access_level = "maintainer"
}

resource "gitlab_project_share_group" "reads" {
  for_each = local.reads

  project      = "${var.settings.group}/${each.value.repository}"
  group_id     = gitlab_group.this[each.value.team].id
  group_access = "reporter"
}
