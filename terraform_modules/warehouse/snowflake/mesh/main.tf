# Databases, and a role for everyone who works with them or reads from them.
#
# Names are upper case: what SQL says without quotes, and so what dbt says.

locals {
  # A database may serve more than one purpose.
  databases = toset(concat([var.database], values(var.databases)))
  persons   = { for name, login in var.logins : name => login if login.person }
  tools     = { for name, login in var.logins : name => login if !login.person }
}

resource "snowflake_database" "this" {
  for_each = var.settings.create_databases ? local.databases : []

  name                           = each.key
  comment                        = "Of the mesh; made by meshnew"
  data_retention_time_in_days    = var.settings.retention_days
  drop_public_schema_on_creation = true
}

# Schemas are owned and rights held by roles only: so each login has one of its own.
resource "snowflake_account_role" "login" {
  for_each = var.logins

  name    = upper(each.key)
  comment = each.value.comment
}

resource "snowflake_grant_privileges_to_account_role" "development" {
  for_each = local.persons

  account_role_name = snowflake_account_role.login[each.key].name
  privileges        = ["USAGE"]

  on_account_object {
    object_type = "DATABASE"
    object_name = lookup(var.databases, "development", var.database)
  }

  depends_on = [snowflake_database.this]
}

# A person has a user already: from the company's directory, by SCIM or by hand.
resource "snowflake_grant_account_role" "person" {
  for_each = local.persons

  role_name = snowflake_account_role.login[each.key].name
  user_name = coalesce(each.value.principal, upper(each.key))
}

resource "snowflake_user_public_keys" "person" {
  for_each = { for name, login in local.persons : name => login if length(login.public_keys) > 0 }

  name             = coalesce(each.value.principal, upper(each.key))
  rsa_public_key   = each.value.public_keys[0]
  rsa_public_key_2 = try(each.value.public_keys[1], null)
}

resource "snowflake_service_user" "tool" {
  for_each = local.tools

  name                           = coalesce(each.value.principal, upper(each.key))
  comment                        = each.value.comment
  default_role                   = snowflake_account_role.login[each.key].name
  default_secondary_roles_option = "NONE"
  rsa_public_key                 = try(each.value.public_keys[0], null)
  rsa_public_key_2               = try(each.value.public_keys[1], null)
}

resource "snowflake_grant_account_role" "tool" {
  for_each = local.tools

  role_name = snowflake_account_role.login[each.key].name
  user_name = snowflake_service_user.tool[each.key].name
}
