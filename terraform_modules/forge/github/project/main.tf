# The repository of a project and who may do what in it.

locals {
  permissions = { read = "pull", write = "push", maintain = "maintain" }
}

resource "github_repository" "this" {
  name        = var.repository.name
  description = var.repository.description
  topics      = var.repository.topics
  visibility  = var.settings.visibility

  # A repository outlives its project: put aside, never deleted.
  archive_on_destroy     = true
  auto_init              = false
  allow_auto_merge       = true
  allow_update_branch    = true
  delete_branch_on_merge = true
  has_issues             = true
  has_projects           = false
  has_wiki               = false
}

resource "github_team_repository" "this" {
  for_each = var.access

  repository = github_repository.this.name
  team_id    = each.key
  permission = local.permissions[each.value]
}

resource "github_repository_deploy_key" "this" {
  for_each = var.deploy_keys

  repository = github_repository.this.name
  title      = each.key
  key        = each.value.key
  read_only  = !each.value.write
}

resource "github_issue_label" "this" {
  for_each = var.labels

  repository  = github_repository.this.name
  name        = each.key
  color       = each.value.color
  description = each.value.description
}

resource "github_repository_vulnerability_alerts" "this" {
  repository = github_repository.this.name
  enabled    = true
}
