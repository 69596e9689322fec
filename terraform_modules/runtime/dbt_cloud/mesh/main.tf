# The connection to the warehouse that all projects of the mesh share.

resource "dbtcloud_global_connection" "this" {
  count = var.settings.connection == null ? 0 : 1

  name       = var.mesh
  databricks = try(var.settings.connection.databricks, null)
  postgres   = try(var.settings.connection.postgres, null)
  snowflake  = try(var.settings.connection.snowflake, null)
}
