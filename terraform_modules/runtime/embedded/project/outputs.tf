output "jobs" {
  description = "Names of the jobs, sorted."
  value       = sort([for job in embedded_job.this : job.name])
}
