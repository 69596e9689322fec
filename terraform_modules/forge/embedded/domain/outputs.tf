output "teams" {
  description = "Names of the teams made here."
  value       = sort([for team in embedded_team.this : team.name])
}
