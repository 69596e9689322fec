output "compute" {
  description = "Compute => the Google Cloud project that its jobs are run in and paid by, once they may be."
  value       = { for name, compute in var.compute : name => var.database }

  depends_on = [google_project_iam_member.jobs]
}

output "federation" {
  description = "Name of the pool's provider by which the forge's CI is known, or \"\" where it is not."
  value       = try("projects/${data.google_project.pool[var.database].number}/locations/global/workloadIdentityPools/${var.settings.pool}/providers/forge", "")

  depends_on = [google_service_account_iam_member.federated]
}

output "identities" {
  description = "Identity => address of its service account."
  value       = { for name, account in google_service_account.this : name => account.email }

  depends_on = [google_cloud_identity_group_membership.identity]
}

output "roles" {
  description = "Names of the project's identities, once they hold all their rights."
  value       = sort(keys(var.roles))

  depends_on = [
    google_cloud_identity_group_membership.identity,
    google_cloud_identity_group_membership.this,
    google_project_iam_member.ci,
    google_project_iam_member.jobs,
    google_service_account_iam_member.federated,
    google_service_account_key.this,
  ]
}
