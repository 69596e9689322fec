output "roles" {
  description = "Names of the domain's roles, once they hold all their rights."
  value       = sort(keys(var.roles))

  depends_on = [
    google_bigquery_dataset.this,
    google_bigquery_dataset.views,
    google_cloud_identity_group_membership.identity,
    google_cloud_identity_group_membership.this,
    google_project_iam_member.jobs,
    google_service_account_iam_member.federated,
    google_service_account_key.this,
  ]
}

output "schemas" {
  description = "Schema => its owner, once all rights in it are granted."
  value       = { for name, schema in local.schemas : name => schema.owner }

  depends_on = [google_bigquery_dataset.this, google_bigquery_dataset.views]
}
