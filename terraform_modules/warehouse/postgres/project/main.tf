# Identities of a project, and what they and its domains' roles join.

resource "postgresql_role" "this" {
  for_each = var.roles

  name  = each.key
  login = each.value.login
}

resource "postgresql_grant_role" "this" {
  for_each = var.memberships

  grant_role = each.value.role
  role       = each.value.member

  depends_on = [postgresql_role.this]
}
