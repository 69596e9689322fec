# Who may do what. What is granted on a schema holds for all that is and will be in it. A right of a
# role named here that is not stated is drift.

locals {
  make = ["CREATE_FUNCTION", "CREATE_MATERIALIZED_VIEW", "CREATE_TABLE", "CREATE_VOLUME"]
  read = ["EXECUTE", "READ_VOLUME", "SELECT"]
  # MANAGE lets one replace and drop what somebody else of the role made: a table is its maker's.
  own = ["APPLY_TAG", "MANAGE", "MODIFY", "WRITE_VOLUME"]

  # A person's own role is let into the catalog for development by the mesh, since a person may be in
  # two domains.
  enters = toset(flatten([
    for schema in values(local.schemas) : [
      for role in setintersection(keys(var.roles), concat([schema.owner], schema.users, schema.creators)) :
      "${schema.catalog}/${role}"
    ]
  ]))

  uses = merge([
    for name, schema in local.schemas : {
      for role in setunion([schema.owner], schema.users, schema.creators) : "${name}/${role}" => {
        schema = name
        role   = role
        privileges = setunion(
          ["USE_SCHEMA"],
          role == schema.owner ? concat(local.make, local.read, local.own) : [],
          contains(schema.creators, role) ? local.make : [],
          contains(schema.readers, role) ? local.read : [],
        )
      }
    }
  ]...)
}

resource "databricks_grant" "catalog" {
  for_each = local.enters

  catalog    = split("/", each.key)[0]
  principal  = databricks_group.this[split("/", each.key)[1]].display_name
  privileges = ["USE_CATALOG"]
}

resource "databricks_grant" "schema" {
  for_each = local.uses

  schema     = "${databricks_schema.this[each.value.schema].catalog_name}.${databricks_schema.this[each.value.schema].name}"
  principal  = each.value.role
  privileges = each.value.privileges

  depends_on = [databricks_group.this]
}
