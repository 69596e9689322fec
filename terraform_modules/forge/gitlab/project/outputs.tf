output "id" {
  description = "The forge's own number of the repository."
  value       = gitlab_project.this.id
}

output "repository" {
  description = "Name of the repository, once its teams may use it and its branches are protected."
  value       = gitlab_project.this.name

  depends_on = [
    gitlab_branch_protection.this,
    gitlab_project_approval_rule.this,
    gitlab_project_level_mr_approvals.this,
    gitlab_project_share_group.this,
    gitlab_tag_protection.this,
  ]
}

output "secrets" {
  description = "Secrets that its CI needs, as `environment/NAME`, sorted: somebody sets them on the forge."
  value       = sort(flatten([for name, about in var.environments : [for secret in about.secrets : "${name}/${secret}"]]))

  depends_on = [gitlab_project_environment.this]
}

output "subjects" {
  description = "Environment => subjects by which its jobs are known to who trusts the forge's OIDC tokens; `*` stands for any branch."
  value = {
    for name, about in var.environments : name => [
      for branch in about.protected ? keys(var.protected_branches) : ["*"] :
      "project_path:${var.settings.group}/${gitlab_project.this.name}:ref_type:branch:ref:${branch}"
    ]
  }

  depends_on = [gitlab_branch_protection.this]
}
