output "compute" {
  description = "Compute => the Google Cloud project that people's jobs are run in and paid by, once they may be."
  value       = { for name, compute in var.compute : name => local.development }

  depends_on = [google_project_iam_member.jobs]
}

output "database" {
  description = "The Google Cloud project for production."
  value       = var.database

  depends_on = [google_iam_workload_identity_pool_provider.forge]
}

output "logins" {
  description = "The logins, sorted, once each is in its group."
  value       = sort(keys(var.logins))

  depends_on = [google_cloud_identity_group_membership.login, google_service_account_key.tool]
}
