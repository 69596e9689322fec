# Tags are made once for the mesh; domains and projects set them on what they make.

locals {
  tags = setunion(keys(var.labels), ["cost_center", "domain", "owner", "project"])
}

resource "snowflake_schema" "tags" {
  database            = var.database
  name                = var.settings.tag_schema
  comment             = "Tags of the mesh"
  with_managed_access = "true"

  depends_on = [snowflake_database.this]
}

resource "snowflake_tag" "this" {
  for_each = local.tags

  database = snowflake_schema.tags.database
  schema   = snowflake_schema.tags.name
  name     = upper(each.key)
}

resource "snowflake_tag_association" "database" {
  for_each = var.settings.create_databases ? var.labels : {}

  object_type        = "DATABASE"
  object_identifiers = [for database in snowflake_database.this : "\"${database.name}\""]
  tag_id             = "\"${var.database}\".\"${var.settings.tag_schema}\".\"${snowflake_tag.this[each.key].name}\""
  tag_value          = each.value
}
