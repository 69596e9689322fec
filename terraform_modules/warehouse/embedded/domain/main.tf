# Roles and schemas of a domain: what outlives the project that builds it.

resource "embedded_role" "this" {
  for_each = var.roles

  name    = each.key
  login   = each.value.login
  comment = each.value.comment
}

resource "embedded_schema" "this" {
  for_each = var.schemas

  database = var.database
  name     = each.key
  owner    = each.value.owner

  depends_on = [embedded_role.this]
}
