output "compute" {
  description = "Compute => name of its virtual warehouse, once it may be used."
  value       = { for name, warehouse in snowflake_warehouse.this : name => warehouse.name }

  depends_on = [snowflake_grant_privileges_to_account_role.compute]
}

output "federation" {
  description = "By what name this warehouse knows the forge's CI; it asks for none."
  value       = ""
}

output "identities" {
  description = "Identity => the user that it connects as."
  value       = { for name, user in snowflake_service_user.this : name => user.name }

  depends_on = [snowflake_grant_account_role.user]
}

output "roles" {
  description = "Names of the project's identities, once they hold all their rights."
  value       = sort(keys(var.roles))

  depends_on = [
    snowflake_grant_account_role.this,
    snowflake_grant_account_role.user,
    snowflake_grant_privileges_to_account_role.ci,
    snowflake_grant_privileges_to_account_role.compute,
  ]
}
