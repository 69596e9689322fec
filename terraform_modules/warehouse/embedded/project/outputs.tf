output "compute" {
  description = "Compute => what a connection names it by; this platform has none."
  value       = {}
}

output "federation" {
  description = "By what name this warehouse knows the forge's CI; it asks for none."
  value       = ""
}

output "identities" {
  description = "Identity => the user that it connects as."
  value       = { for name, role in embedded_role.this : name => role.name if role.login }

  depends_on = [embedded_membership.this]
}

output "roles" {
  description = "Names of the project's identities, once they hold all their rights."
  value       = sort([for role in embedded_role.this : role.name])

  depends_on = [embedded_membership.this]
}
