# What a change of a protected branch needs; for a first push its maintainers may push.

resource "gitlab_branch_protection" "this" {
  for_each = var.protected_branches

  project            = gitlab_project.this.id
  branch             = each.key
  allow_force_push   = false
  merge_access_level = "developer"
  push_access_level  = var.starter ? "maintainer" : "no one"

  # The free tier does not know the argument.
  code_owner_approval_required = local.paid ? each.value.approvals > 0 : null
}

# Who wrote a change does not approve it, and a push takes approvals back.
resource "gitlab_project_level_mr_approvals" "this" {
  count = local.paid ? 1 : 0

  project                                        = gitlab_project.this.id
  disable_overriding_approvers_per_merge_request = true
  merge_requests_author_approval                 = false
  merge_requests_disable_committers_approval     = true
  reset_approvals_on_push                        = true
}

resource "gitlab_project_approval_rule" "this" {
  for_each = { for name, branch in var.protected_branches : name => branch if local.paid && branch.approvals > 0 }

  project              = gitlab_project.this.id
  name                 = "owners of ${each.key}"
  rule_type            = "regular"
  approvals_required   = each.value.approvals
  group_ids            = [for team, permission in var.access : data.gitlab_group.team[team].group_id if permission != "read"]
  protected_branch_ids = [gitlab_branch_protection.this[each.key].branch_protection_id]

  # A group approves where it has a share.
  depends_on = [gitlab_project_share_group.this]
}

# A release that was published stays what it was.
resource "gitlab_tag_protection" "this" {
  project             = gitlab_project.this.id
  tag                 = "*"
  create_access_level = "developer"
}
