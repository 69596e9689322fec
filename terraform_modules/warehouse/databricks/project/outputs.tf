output "compute" {
  description = "Compute => HTTP path of its SQL warehouse, once it may be used."
  value       = { for name, endpoint in databricks_sql_endpoint.this : name => "/sql/1.0/warehouses/${endpoint.id}" }

  depends_on = [databricks_permissions.compute]
}

output "federation" {
  description = "By what name this warehouse knows the forge's CI; it asks for none."
  value       = ""
}

output "identities" {
  description = "Identity => application id of its service principal."
  value       = { for name, principal in databricks_service_principal.this : name => principal.application_id }

  depends_on = [databricks_group_member.identity]
}

output "roles" {
  description = "Names of the project's identities, once they hold all their rights."
  value       = sort(keys(var.roles))

  depends_on = [
    databricks_entitlements.this,
    databricks_grant.ci,
    databricks_group_member.identity,
    databricks_group_member.this,
    databricks_permissions.compute,
  ]
}
