# The repository of a project and who may do what in it.

locals {
  levels = { read = "reporter", write = "developer", maintain = "maintainer" }
  paid   = var.settings.tier != "free"
}

data "gitlab_group" "parent" {
  full_path = var.settings.group
}

# Teams are groups in the mesh's group; each is found by its name.
data "gitlab_group" "team" {
  for_each = var.access

  full_path = "${var.settings.group}/${each.key}"
}

resource "gitlab_project" "this" {
  name             = var.repository.name
  path             = var.repository.name
  namespace_id     = data.gitlab_group.parent.group_id
  description      = var.repository.description
  topics           = var.repository.topics
  visibility_level = var.settings.visibility

  # A repository outlives its project: put aside, never deleted.
  archive_on_destroy     = true
  initialize_with_readme = false

  merge_method                                     = "merge"
  only_allow_merge_if_pipeline_succeeds            = anytrue([for branch in values(var.protected_branches) : length(branch.checks) > 0])
  allow_merge_on_skipped_pipeline                  = false
  only_allow_merge_if_all_discussions_are_resolved = anytrue([for branch in values(var.protected_branches) : branch.approvals > 0])
  remove_source_branch_after_merge                 = true

  public_jobs            = false
  request_access_enabled = false
  snippets_access_level  = "disabled"
  wiki_access_level      = "disabled"
}

resource "gitlab_project_share_group" "this" {
  for_each = var.access

  project      = gitlab_project.this.id
  group_id     = data.gitlab_group.team[each.key].group_id
  group_access = local.levels[each.value]
}

resource "gitlab_deploy_key" "this" {
  for_each = var.deploy_keys

  project  = gitlab_project.this.id
  title    = each.key
  key      = each.value.key
  can_push = each.value.write
}

resource "gitlab_project_label" "this" {
  for_each = var.labels

  project     = gitlab_project.this.id
  name        = each.key
  color       = "#${each.value.color}"
  description = each.value.description
}
