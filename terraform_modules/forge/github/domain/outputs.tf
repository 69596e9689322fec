output "teams" {
  description = "Names of the teams made here, once their members are in them and may read what they should."
  value       = sort([for team in github_team.this : team.name])

  depends_on = [
    github_team_membership.this,
    github_team_repository.reads,
  ]
}
