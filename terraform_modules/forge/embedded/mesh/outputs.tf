output "platform_team" {
  description = "Name of the platform team, once it may maintain the mesh's repositories."
  value       = embedded_team.platform.name

  depends_on = [embedded_repository_access.platform]
}

output "repositories" {
  description = "Names of the mesh's own repositories, sorted, once they can be pushed to."
  value       = sort([for repository in embedded_repository.this : repository.name])

  depends_on = [embedded_branch_protection.this]
}
