output "deploy_key" {
  description = "Public key by which the runtime reads the repository; the embedded runtime needs none."
  value       = null
}

output "jobs" {
  description = "Names of the jobs, sorted."
  value       = sort([for job in embedded_job.this : job.name])
}

output "variables" {
  description = "What the repository's CI must know to call the runtime; nothing here."
  value       = {}
}
