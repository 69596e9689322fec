output "compute" {
  description = "Compute => HTTP path of its SQL warehouse, once it may be used."
  value       = { for name, endpoint in databricks_sql_endpoint.this : name => "/sql/1.0/warehouses/${endpoint.id}" }

  depends_on = [databricks_permissions.compute]
}

output "database" {
  description = "Name of the catalog for production, once it and the others are there."
  value       = var.database

  depends_on = [databricks_catalog.this]
}

output "logins" {
  description = "The logins, sorted, once each is in its group."
  value       = sort(keys(var.logins))

  depends_on = [
    databricks_entitlements.login,
    databricks_grant.development,
    databricks_group_member.login,
  ]
}
