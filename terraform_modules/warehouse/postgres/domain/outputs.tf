output "roles" {
  description = "Names of the domain's roles, once they hold all their rights."
  value       = sort([for role in postgresql_role.this : role.name])

  depends_on = [
    postgresql_default_privileges.tables,
    postgresql_grant.schema,
    postgresql_grant.tables,
    postgresql_grant_role.this,
  ]
}

output "schemas" {
  description = "Schema => its owner, once all rights in it are granted."
  value       = { for name, schema in postgresql_schema.this : name => schema.owner }

  depends_on = [
    postgresql_default_privileges.tables,
    postgresql_grant.schema,
    postgresql_grant.tables,
  ]
}
