# Roles, and a user for each that connects: by key pair or by a token of the forge's CI, never by
# a password.

resource "snowflake_account_role" "this" {
  for_each = var.roles

  name    = upper(each.key)
  comment = each.value.comment
}

resource "snowflake_service_user" "this" {
  for_each = { for name, role in var.roles : name => role if role.login }

  name                           = upper(coalesce(each.value.principal, each.key))
  comment                        = each.value.comment
  default_role                   = snowflake_account_role.this[each.key].name
  default_secondary_roles_option = "NONE"
  rsa_public_key                 = try(each.value.public_keys[0], null)
  rsa_public_key_2               = try(each.value.public_keys[1], null)

  dynamic "default_workload_identity" {
    for_each = each.value.subjects

    content {
      oidc {
        issuer  = var.settings.oidc_issuer
        subject = default_workload_identity.value
      }
    }
  }
}

resource "snowflake_grant_account_role" "user" {
  for_each = snowflake_service_user.this

  role_name = snowflake_account_role.this[each.key].name
  user_name = each.value.name
}

resource "snowflake_grant_account_role" "this" {
  for_each = var.memberships

  role_name        = upper(each.value.role)
  parent_role_name = upper(each.value.member)

  depends_on = [snowflake_account_role.this]
}
