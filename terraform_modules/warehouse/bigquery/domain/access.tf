# Who may do what in a dataset. All of it stands in the dataset itself, so a right that is not
# stated here is drift, whoever gave it; tables have none of their own, today's or tomorrow's.

locals {
  # READER and WRITER are what BigQuery makes of dataViewer and dataEditor, and tells afterwards.
  # The OWNER that it asks for is who owns the Google Cloud project, and could take the right anyway.
  access = {
    for name, schema in var.schemas : name => merge(
      { for role in schema.users : role => "roles/bigquery.metadataViewer" },
      { for role in schema.readers : role => "READER" },
      { for role in concat([schema.owner], schema.creators) : role => "WRITER" },
    )
  }

  # Who connects and owns a schema, as a loader does, runs its jobs where that schema lies.
  jobs = toset([
    for schema in values(local.schemas) : "${schema.database}/${schema.owner}"
    if try(var.roles[schema.owner].login, false)
  ])
}

resource "google_project_iam_member" "jobs" {
  for_each = local.jobs

  project = split("/", each.key)[0]
  role    = "roles/bigquery.jobUser"
  member  = "group:${local.groups[split("/", each.key)[1]]}"

  depends_on = [google_cloud_identity_group.this]
}
