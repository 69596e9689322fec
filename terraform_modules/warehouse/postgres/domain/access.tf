# Who may do what. A right of a role named here that is not stated is drift.

locals {
  uses = merge([
    for name, schema in var.schemas : {
      for role in setunion(schema.users, schema.creators) : "${name}/${role}" => {
        schema     = name
        role       = role
        privileges = contains(schema.creators, role) ? ["CREATE", "USAGE"] : ["USAGE"]
      }
    }
  ]...)

  reads = merge([
    for name, schema in var.schemas : {
      for role in schema.readers : "${name}/${role}" => { schema = name, role = role }
    }
  ]...)

  # Default privileges are of the role that makes a table: one for each of them.
  future_reads = merge(flatten([
    for name, schema in var.schemas : [
      for maker in schema.makers : {
        for role in setsubtract(schema.readers, [maker]) :
        "${name}/${maker}/${role}" => { schema = name, maker = maker, role = role }
      }
    ]
  ])...)
}

resource "postgresql_grant" "schema" {
  for_each = local.uses

  database    = var.database
  schema      = postgresql_schema.this[each.value.schema].name
  role        = each.value.role
  object_type = "schema"
  privileges  = each.value.privileges

  depends_on = [postgresql_role.this]
}

resource "postgresql_grant" "tables" {
  for_each = local.reads

  database    = var.database
  schema      = postgresql_schema.this[each.value.schema].name
  role        = each.value.role
  object_type = "table"
  privileges  = ["SELECT"]

  depends_on = [postgresql_role.this]
}

resource "postgresql_default_privileges" "tables" {
  for_each = local.future_reads

  database    = var.database
  schema      = postgresql_schema.this[each.value.schema].name
  owner       = each.value.maker
  role        = each.value.role
  object_type = "table"
  privileges  = ["SELECT"]

  depends_on = [postgresql_role.this]
}

resource "postgresql_grant_role" "this" {
  for_each = var.memberships

  grant_role = each.value.role
  role       = each.value.member

  depends_on = [postgresql_role.this]
}
