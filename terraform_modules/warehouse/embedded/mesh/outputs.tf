output "compute" {
  description = "Compute => what a connection names it by; this platform has none."
  value       = {}
}

output "database" {
  description = "Name of the database, once it can be connected to."
  value       = embedded_database.this.name
}

output "logins" {
  description = "Names of the logins, sorted."
  value       = sort([for role in embedded_role.login : role.name])
}
