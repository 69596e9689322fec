# Identities of a project, and what they and its domains' roles join.

resource "embedded_role" "this" {
  for_each = var.roles

  name    = each.key
  login   = each.value.login
  comment = each.value.comment
}

resource "embedded_membership" "this" {
  for_each = var.memberships

  role   = each.value.role
  member = each.value.member

  depends_on = [embedded_role.this]
}
