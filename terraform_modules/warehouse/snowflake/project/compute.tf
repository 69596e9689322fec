# A virtual warehouse for each compute, suspended when idle or when its credits are used up.

resource "snowflake_resource_monitor" "this" {
  for_each = { for name, compute in var.compute : name => compute if compute.cost_limit != null }

  name         = upper(each.key)
  credit_quota = each.value.cost_limit
  # Monthly, from now on: what Snowflake does unless told otherwise.
  notify_triggers           = [75, 90]
  suspend_trigger           = 100
  suspend_immediate_trigger = 110
}

resource "snowflake_warehouse" "this" {
  for_each = var.compute

  name                = upper(each.key)
  comment             = "Compute ${each.key}; made by meshnew"
  warehouse_size      = coalesce(each.value.size, "XSMALL")
  auto_suspend        = each.value.suspend_after
  auto_resume         = "true"
  initially_suspended = true
  min_cluster_count   = 1
  max_cluster_count   = each.value.max_clusters
  resource_monitor    = each.value.cost_limit == null ? null : snowflake_resource_monitor.this[each.key].name
}

resource "snowflake_grant_privileges_to_account_role" "compute" {
  for_each = merge([
    for name, compute in var.compute : {
      for user in compute.users : "${name}/${user}" => { compute = name, user = user }
    }
  ]...)

  account_role_name = upper(each.value.user)
  privileges        = ["USAGE"]

  on_account_object {
    object_type = "WAREHOUSE"
    object_name = snowflake_warehouse.this[each.value.compute].name
  }

  depends_on = [snowflake_account_role.this]
}

resource "snowflake_tag_association" "compute" {
  for_each = length(var.compute) > 0 ? var.labels : {}

  object_type        = "WAREHOUSE"
  object_identifiers = [for warehouse in snowflake_warehouse.this : "\"${warehouse.name}\""]
  tag_id             = "\"${var.database}\".\"${var.settings.tag_schema}\".\"${upper(each.key)}\""
  tag_value          = each.value
}
