# Roles and schemas of a domain: what outlives the project that builds it.

resource "postgresql_role" "this" {
  for_each = var.roles

  name  = each.key
  login = each.value.login
}

resource "postgresql_schema" "this" {
  for_each = var.schemas

  database     = var.database
  name         = each.key
  owner        = each.value.owner
  drop_cascade = var.drop_data

  depends_on = [postgresql_role.this]
}
