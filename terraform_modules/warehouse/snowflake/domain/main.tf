# Schemas of a domain: what outlives the project that builds it.
#
# They stay with the provisioning identity, with managed access: nobody but it grants anything in
# them, not even who owns a table.

locals {
  schemas = {
    for name, schema in var.schemas : name => merge(schema, {
      database = coalesce(schema.database, var.database)
      # Quoted as Snowflake and its provider name a schema.
      full_name = "\"${coalesce(schema.database, var.database)}\".\"${upper(name)}\""
    })
  }
}

resource "snowflake_schema" "this" {
  for_each = local.schemas

  database                    = each.value.database
  name                        = upper(each.key)
  comment                     = "Domain ${var.domain}, of ${each.value.owner}; made by meshnew"
  data_retention_time_in_days = var.settings.retention_days
  with_managed_access         = "true"
}

resource "snowflake_tag_association" "schema" {
  for_each = var.labels

  object_type        = "SCHEMA"
  object_identifiers = [for name, schema in local.schemas : schema.full_name]
  tag_id             = "\"${var.database}\".\"${var.settings.tag_schema}\".\"${upper(each.key)}\""
  tag_value          = each.value

  depends_on = [snowflake_schema.this]
}
