output "deploy_key" {
  description = "Public key by which the runtime reads the repository: the forge must know it; none where it is the forge's app."
  value       = local.native ? null : dbtcloud_repository.this.deploy_key
}

output "jobs" {
  description = "Names of the jobs, sorted, once their people know of them."
  value       = sort([for job in dbtcloud_job.this : job.name])

  depends_on = [
    dbtcloud_group_partial_permissions.this,
    dbtcloud_model_notifications.this,
    dbtcloud_partial_notification.email,
    dbtcloud_partial_notification.slack,
  ]
}

output "variables" {
  description = "What the repository's CI must know to call the runtime, as variables by name."
  value = merge(
    { DBT_CLOUD_PROJECT_ID = tostring(dbtcloud_project.this.id) },
    { for name, made in dbtcloud_environment.this : "DBT_CLOUD_ENVIRONMENT_ID_${upper(name)}" => tostring(made.environment_id) },
    { for name, made in dbtcloud_job.this : "DBT_CLOUD_JOB_ID_${upper(name)}" => tostring(made.id) },
  )
}
