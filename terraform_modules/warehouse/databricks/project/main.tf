# The catalog in which the project's CI makes a schema for each change, and owns it.

resource "databricks_grant" "ci" {
  for_each = setintersection(keys(var.roles), ["${var.project}_ci"])

  catalog    = var.databases["ci"]
  principal  = databricks_group.this[each.key].display_name
  privileges = ["CREATE_SCHEMA", "USE_CATALOG"]
}
