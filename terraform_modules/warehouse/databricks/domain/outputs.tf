output "roles" {
  description = "Names of the domain's roles, once they hold all their rights."
  value       = sort(keys(var.roles))

  depends_on = [
    databricks_entitlements.this,
    databricks_grant.catalog,
    databricks_grant.schema,
    databricks_group_member.identity,
    databricks_group_member.this,
  ]
}

output "schemas" {
  description = "Schema => its owner, once all rights in it are granted."
  value       = { for name, schema in local.schemas : name => schema.owner }

  depends_on = [databricks_grant.catalog, databricks_grant.schema]
}
