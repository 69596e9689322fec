# Schemas of a domain: what outlives the project that builds it. They stay the provisioning
# identity's.

locals {
  schemas = {
    for name, schema in var.schemas : name => merge(schema, {
      catalog = coalesce(schema.database, var.database)
    })
  }
}

resource "databricks_schema" "this" {
  for_each = local.schemas

  catalog_name  = each.value.catalog
  name          = each.key
  comment       = "Domain ${var.domain}, of ${each.value.owner}; made by meshnew"
  properties    = var.labels
  force_destroy = var.drop_data
}
