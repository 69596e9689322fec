output "id" {
  description = "The forge's own number of the repository."
  value       = tostring(github_repository.this.repo_id)
}

output "repository" {
  description = "Name of the repository, once its teams may use it and its branches are protected."
  value       = github_repository.this.name

  depends_on = [
    github_repository_ruleset.branch,
    github_repository_ruleset.tags,
    github_team_repository.this,
  ]
}

output "secrets" {
  description = "Secrets that its CI needs, as `environment/NAME`, sorted: somebody sets them on the forge."
  value       = sort(flatten([for name, about in var.environments : [for secret in about.secrets : "${name}/${secret}"]]))

  depends_on = [github_repository_environment.this]
}

output "subjects" {
  description = "Environment => subjects by which its jobs are known to who trusts the forge's OIDC tokens."
  value = {
    for name in keys(var.environments) : name => [
      "repo:${var.settings.organization}/${github_repository.this.name}:environment:${name}"
    ]
  }

  depends_on = [github_repository_environment_deployment_policy.this]
}
