# The repository of a project, who may do what in it, and its protected branches.

resource "embedded_repository" "this" {
  name        = var.repository.name
  description = var.repository.description
}

resource "embedded_repository_access" "this" {
  for_each = var.access

  repository = embedded_repository.this.name
  team       = each.key
  permission = each.value
}

resource "embedded_branch_protection" "this" {
  for_each = var.protected_branches

  repository = embedded_repository.this.name
  branch     = each.key
  checks     = each.value.checks
  approvals  = each.value.approvals
}
