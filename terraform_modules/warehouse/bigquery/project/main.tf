# The Google Cloud project in which the project's CI makes a dataset for each change, and owns it.

locals {
  # Role => address of its group, of this project or of another stack.
  groups = {
    for name in setunion(
      keys(var.roles),
      flatten([for membership in values(var.memberships) : [membership.role, membership.member]]),
      flatten([for compute in values(var.compute) : compute.users]),
    ) : name => "${var.settings.group_prefix}-${name}@${var.settings.group_domain}"
  }
}

# It lets one make datasets and run jobs; whoever makes a dataset owns it, and nobody else's.
resource "google_project_iam_member" "ci" {
  for_each = setintersection(keys(var.roles), ["${var.project}_ci"])

  project = var.databases["ci"]
  role    = "roles/bigquery.user"
  member  = "group:${google_cloud_identity_group.this[each.key].group_key[0].id}"
}
