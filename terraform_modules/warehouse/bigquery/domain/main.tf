# Datasets of a domain: what outlives the project that builds it.

locals {
  labels = { for name, value in var.labels : name => substr(replace(lower(value), "/[^a-z0-9_-]/", "_"), 0, 63) }

  # Role => address of its group, of this domain or of another stack.
  groups = {
    for name in setunion(
      keys(var.roles),
      flatten([for membership in values(var.memberships) : [membership.role, membership.member]]),
      flatten([for schema in values(var.schemas) : concat([schema.owner], schema.users, schema.readers, schema.creators)]),
    ) : name => "${var.settings.group_prefix}-${name}@${var.settings.group_domain}"
  }

  schemas = {
    for name, schema in var.schemas : name => merge(schema, {
      database = coalesce(schema.database, var.database)
      # Schemas whose views read this one for whoever reads them.
      viewers = [for viewer, other in var.schemas : viewer if contains(other.views_of, name)]
    })
  }
}

# Those with views of others come first: BigQuery authorises none that is not there.
resource "google_bigquery_dataset" "views" {
  for_each = { for name, schema in local.schemas : name => schema if length(schema.views_of) > 0 }

  project                    = each.value.database
  dataset_id                 = each.key
  location                   = var.location
  description                = "Domain ${var.domain}, of ${each.value.owner}; made by meshnew"
  labels                     = local.labels
  delete_contents_on_destroy = var.drop_data

  access {
    role          = "OWNER"
    special_group = "projectOwners"
  }

  dynamic "access" {
    for_each = local.access[each.key]

    content {
      role           = access.value
      group_by_email = local.groups[access.key]
    }
  }

  depends_on = [google_cloud_identity_group.this]
}

resource "google_bigquery_dataset" "this" {
  for_each = { for name, schema in local.schemas : name => schema if length(schema.views_of) == 0 }

  project                    = each.value.database
  dataset_id                 = each.key
  location                   = var.location
  description                = "Domain ${var.domain}, of ${each.value.owner}; made by meshnew"
  labels                     = local.labels
  delete_contents_on_destroy = var.drop_data

  access {
    role          = "OWNER"
    special_group = "projectOwners"
  }

  dynamic "access" {
    for_each = local.access[each.key]

    content {
      role           = access.value
      group_by_email = local.groups[access.key]
    }
  }

  dynamic "access" {
    for_each = each.value.viewers

    content {
      dataset {
        target_types = ["VIEWS"]

        dataset {
          project_id = google_bigquery_dataset.views[access.value].project
          dataset_id = google_bigquery_dataset.views[access.value].dataset_id
        }
      }
    }
  }

  depends_on = [google_cloud_identity_group.this]
}
