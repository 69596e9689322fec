# A SQL warehouse for each compute, stopped when idle.

locals {
  # Databricks counts minutes, and its own machines start soon enough to be stopped after one.
  least = var.settings.serverless ? 1 : 10
}

resource "databricks_sql_endpoint" "this" {
  for_each = var.compute

  name                      = each.key
  cluster_size              = coalesce(each.value.size, "2X-Small")
  auto_stop_mins            = each.value.suspend_after == 0 ? 0 : max(local.least, ceil(each.value.suspend_after / 60))
  enable_serverless_compute = var.settings.serverless
  warehouse_type            = "PRO"
  min_num_clusters          = 1
  max_num_clusters          = each.value.max_clusters

  tags {
    dynamic "custom_tags" {
      for_each = var.labels

      content {
        key   = custom_tags.key
        value = custom_tags.value
      }
    }
  }
}

# All of them in one: what somebody else was given here is taken away.
resource "databricks_permissions" "compute" {
  for_each = { for name, compute in var.compute : name => compute if length(compute.users) > 0 }

  sql_endpoint_id = databricks_sql_endpoint.this[each.key].id

  dynamic "access_control" {
    for_each = toset(each.value.users)

    content {
      group_name       = access_control.value
      permission_level = "CAN_USE"
    }
  }

  depends_on = [databricks_entitlements.login]
}
