# The mesh's own repositories, and the team that looks after the platform.

locals {
  protected_branches = merge([
    for repository, about in var.repositories : {
      for branch, needs in about.protected_branches : "${repository}/${branch}" => {
        branch     = branch
        needs      = needs
        repository = repository
      }
    }
  ]...)
}

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

resource "embedded_branch_protection" "this" {
  for_each = local.protected_branches

  repository = embedded_repository.this[each.value.repository].name
  branch     = each.value.branch
  checks     = each.value.needs.checks
  approvals  = each.value.needs.approvals
}
