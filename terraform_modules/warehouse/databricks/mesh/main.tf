# Catalogs, and a group for everyone who works with them or reads from them.

locals {
  # A catalog may serve more than one purpose.
  catalogs = toset(concat([var.database], values(var.databases)))
  persons  = { for name, login in var.logins : name => login if login.person }
  tools    = { for name, login in var.logins : name => login if !login.person }
}

resource "databricks_catalog" "this" {
  for_each = var.settings.create_databases ? local.catalogs : []

  name         = each.key
  comment      = "Of the mesh; made by meshnew"
  properties   = var.labels
  storage_root = var.settings.storage_root
}

# Rights are held by groups only: so each login has one of its own.
resource "databricks_group" "login" {
  for_each = var.logins

  api          = "account"
  display_name = each.key
}

resource "databricks_permission_assignment" "login" {
  for_each = databricks_group.login

  principal_id = each.value.id
  permissions  = ["USER"]
}

resource "databricks_entitlements" "login" {
  for_each = databricks_group.login

  group_id              = each.value.id
  databricks_sql_access = true

  depends_on = [databricks_permission_assignment.login]
}

# A person is there already: from the company's directory, by SCIM or by hand.
data "databricks_user" "person" {
  for_each = local.persons

  user_name = each.value.principal
}

# Its secret is made by hand and shown once: made here, it would lie in the state.
resource "databricks_service_principal" "tool" {
  for_each = local.tools

  api          = "account"
  display_name = coalesce(each.value.principal, each.key)
}

resource "databricks_group_member" "login" {
  for_each = var.logins

  api       = "account"
  group_id  = databricks_group.login[each.key].id
  member_id = each.value.person ? data.databricks_user.person[each.key].id : databricks_service_principal.tool[each.key].id
}

resource "databricks_grant" "development" {
  for_each = local.persons

  catalog    = lookup(var.databases, "development", var.database)
  principal  = databricks_group.login[each.key].display_name
  privileges = ["USE_CATALOG"]

  depends_on = [databricks_catalog.this]
}
