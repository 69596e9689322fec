# Who may do what: all of it stated here, everything else taken away.

resource "embedded_schema_access" "this" {
  for_each = var.schemas

  database = var.database
  schema   = embedded_schema.this[each.key].name
  creators = each.value.creators
  makers   = each.value.makers
  readers  = each.value.readers
  users    = each.value.users

  # Taken away first: a schema that holds tables refuses before anybody lost a right.
  depends_on = [
    embedded_membership.this,
    embedded_role.this,
    embedded_role_members.this,
  ]
}

resource "embedded_membership" "this" {
  for_each = var.memberships

  role   = each.value.role
  member = each.value.member

  depends_on = [embedded_role.this]
}

resource "embedded_role_members" "this" {
  for_each = var.allowed_members

  role    = each.key
  allowed = each.value

  depends_on = [embedded_role.this]
}
