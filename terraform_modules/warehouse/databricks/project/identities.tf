# Roles are groups of the account, the only ones that Unity Catalog grants anything; each that
# connects has a service principal, which is the group's member.

resource "databricks_group" "this" {
  for_each = var.roles

  api          = "account"
  display_name = each.key
}

# Who computes in the workspace must be known to it.
resource "databricks_permission_assignment" "this" {
  for_each = databricks_group.this

  principal_id = each.value.id
  permissions  = ["USER"]
}

resource "databricks_entitlements" "this" {
  for_each = databricks_group.this

  group_id              = each.value.id
  databricks_sql_access = true

  depends_on = [databricks_permission_assignment.this]
}

# Its secret is made by hand and shown once: made here, it would lie in the state.
resource "databricks_service_principal" "this" {
  for_each = { for name, role in var.roles : name => role if role.login }

  api          = "account"
  display_name = coalesce(each.value.principal, each.key)
}

resource "databricks_group_member" "identity" {
  for_each = databricks_service_principal.this

  api       = "account"
  group_id  = databricks_group.this[each.key].id
  member_id = each.value.id
}

# Groups of other stacks are known by name, and joined by an id that has to be asked for.
data "databricks_group" "other" {
  for_each = setsubtract(
    flatten([for membership in values(var.memberships) : [membership.role, membership.member]]),
    keys(var.roles),
  )

  display_name = each.key
}

locals {
  ids = merge(
    { for name, group in databricks_group.this : name => group.id },
    { for name, group in data.databricks_group.other : name => group.id },
  )
}

resource "databricks_group_member" "this" {
  for_each = var.memberships

  api       = "account"
  group_id  = local.ids[each.value.role]
  member_id = local.ids[each.value.member]
}
