output "roles" {
  description = "Names of the domain's roles, once they hold all their rights."
  value       = sort([for role in embedded_role.this : role.name])

  depends_on = [
    embedded_membership.this,
    embedded_role_members.this,
    embedded_schema_access.this,
  ]
}

output "schemas" {
  description = "Schema => its owner, once all rights in it are granted."
  value       = { for name, schema in embedded_schema.this : name => schema.owner }

  depends_on = [embedded_schema_access.this]
}
