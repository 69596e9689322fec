output "compute" {
  description = "Compute => what a connection names it by; PostgreSQL has none."
  value       = {}
}

output "database" {
  description = "Name of the database, once it can be connected to."
  value       = local.database

  depends_on = [
    postgresql_function.this,
    postgresql_grant.connect,
    postgresql_grant.functions,
    postgresql_grant.public,
  ]
}

output "logins" {
  description = "Names of the logins, sorted."
  value       = sort([for role in postgresql_role.login : role.name])

  depends_on = [postgresql_grant_role.principal]
}
