output "platform_team" {
  description = "Name of the platform team, once it may maintain the mesh's repositories."
  value       = gitlab_group.platform.name

  depends_on = [
    gitlab_group_membership.platform,
    module.repository,
  ]
}

output "repositories" {
  description = "Names of the mesh's own repositories, sorted, once they can be pushed to."
  value       = sort([for repository in module.repository : repository.repository])
}
