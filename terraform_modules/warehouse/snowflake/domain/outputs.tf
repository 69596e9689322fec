output "roles" {
  description = "Names of the domain's roles, once they hold all their rights."
  value       = sort(keys(var.roles))

  depends_on = [
    snowflake_grant_account_role.this,
    snowflake_grant_account_role.user,
    snowflake_grant_ownership.future,
    snowflake_grant_privileges_to_account_role.database,
    snowflake_grant_privileges_to_account_role.future,
    snowflake_grant_privileges_to_account_role.present,
    snowflake_grant_privileges_to_account_role.schema,
  ]
}

output "schemas" {
  description = "Schema => its owner, once all rights in it are granted."
  value       = { for name, schema in local.schemas : name => schema.owner }

  depends_on = [
    snowflake_grant_ownership.future,
    snowflake_grant_privileges_to_account_role.database,
    snowflake_grant_privileges_to_account_role.future,
    snowflake_grant_privileges_to_account_role.present,
    snowflake_grant_privileges_to_account_role.schema,
    snowflake_tag_association.schema,
  ]
}
