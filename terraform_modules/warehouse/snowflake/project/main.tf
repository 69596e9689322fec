# The database in which the project's CI makes a schema for each change, and owns it.

resource "snowflake_grant_privileges_to_account_role" "ci" {
  for_each = setintersection(keys(var.roles), ["${var.project}_ci"])

  account_role_name = snowflake_account_role.this[each.key].name
  privileges        = ["CREATE SCHEMA", "USAGE"]

  on_account_object {
    object_type = "DATABASE"
    object_name = var.databases["ci"]
  }
}
