output "roles" {
  description = "Names of the project's identities, once they hold all their rights."
  value       = sort([for role in embedded_role.this : role.name])

  depends_on = [embedded_membership.this]
}
