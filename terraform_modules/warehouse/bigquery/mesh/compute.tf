# The right to run jobs: people's in the project for development, tools' where the products are.

locals {
  development = lookup(var.databases, "development", var.database)

  jobs = merge([
    for name, compute in var.compute : {
      for user in compute.users : "${name}/${user}" => {
        user    = user
        project = contains(keys(local.tools), user) ? var.database : local.development
      }
    }
  ]...)

  limits = { for name, compute in var.compute : name => compute.cost_limit if compute.cost_limit != null }
}

resource "google_project_iam_member" "jobs" {
  for_each = local.jobs

  project = each.value.project
  role    = "roles/bigquery.jobUser"
  member  = "group:${local.groups[each.value.user]}"

  depends_on = [google_cloud_identity_group.login]
}

# Budgets are of projects by number.
data "google_project" "budget" {
  for_each = toset(length(local.limits) > 0 ? [local.development] : [])

  project_id = each.key
}

# An alarm at those who administer billing: BigQuery is not stopped by it.
resource "google_billing_budget" "this" {
  for_each = local.limits

  billing_account = var.settings.billing_account
  display_name    = "${var.settings.group_prefix} ${each.key}"

  amount {
    specified_amount {
      units = tostring(each.value)
    }
  }

  budget_filter {
    projects = [for project in data.google_project.budget : "projects/${project.number}"]
    services = ["services/24E6-581D-38E5"]
  }

  dynamic "threshold_rules" {
    for_each = [0.75, 0.9, 1]

    content {
      threshold_percent = threshold_rules.value
    }
  }
}
