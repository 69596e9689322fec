output "compute" {
  description = "Compute => what a connection names it by; PostgreSQL has none."
  value       = {}
}

output "federation" {
  description = "By what name this warehouse knows the forge's CI; it asks for none."
  value       = ""
}

output "identities" {
  description = "Identity => the user that it connects as."
  value       = { for name, role in postgresql_role.this : name => role.name if role.login }

  depends_on = [postgresql_grant_role.this]
}

output "roles" {
  description = "Names of the project's identities, once they hold all their rights."
  value       = sort([for role in postgresql_role.this : role.name])

  depends_on = [postgresql_grant_role.this]
}
