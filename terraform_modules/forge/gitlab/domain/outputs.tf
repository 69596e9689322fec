output "teams" {
  description = "Names of the teams made here, once their members are in them and may read what they should."
  value       = sort([for team in gitlab_group.this : team.name])

  depends_on = [
    gitlab_group_membership.this,
    gitlab_project_share_group.reads,
  ]
}
