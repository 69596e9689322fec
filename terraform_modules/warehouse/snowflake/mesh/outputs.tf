output "compute" {
  description = "Compute => name of its virtual warehouse, once it may be used."
  value       = { for name, warehouse in snowflake_warehouse.this : name => warehouse.name }

  depends_on = [snowflake_grant_privileges_to_account_role.compute]
}

output "database" {
  description = "Name of the database for production, once it and the others can be connected to."
  value       = var.database

  depends_on = [
    snowflake_database.this,
    snowflake_tag.this,
    snowflake_tag_association.database,
  ]
}

output "logins" {
  description = "The logins, sorted, once each may use its role."
  value       = sort(keys(var.logins))

  depends_on = [
    snowflake_grant_account_role.person,
    snowflake_grant_account_role.tool,
    snowflake_grant_privileges_to_account_role.development,
    snowflake_user_public_keys.person,
  ]
}
