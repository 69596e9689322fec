output "teams" {
  description = "Names of the teams made here, once they may read what they should."
  value       = sort([for team in embedded_team.this : team.name])

  depends_on = [embedded_repository_access.reads]
}
