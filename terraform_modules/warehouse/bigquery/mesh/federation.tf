# The forge's CI is known by tokens that the forge issues, so its jobs need no key.

resource "google_iam_workload_identity_pool" "this" {
  count = var.settings.oidc_issuer == null ? 0 : 1

  project                   = var.database
  workload_identity_pool_id = var.settings.pool
  display_name              = "Jobs of the mesh"
}

resource "google_iam_workload_identity_pool_provider" "forge" {
  count = var.settings.oidc_issuer == null ? 0 : 1

  project                            = var.database
  workload_identity_pool_id          = google_iam_workload_identity_pool.this[0].workload_identity_pool_id
  workload_identity_pool_provider_id = "forge"
  display_name                       = "The forge"
  # Everybody's jobs have tokens of that issuer: only those of this organisation get in.
  attribute_condition = "assertion.sub.startsWith('${var.settings.oidc_subjects}')"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.job"  = "assertion.sub.extract('{job}:ref:')"
  }

  oidc {
    issuer_uri = var.settings.oidc_issuer
  }
}
