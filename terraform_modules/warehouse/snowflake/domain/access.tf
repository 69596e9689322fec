# Who may do what, today's and tomorrow's objects alike.

locals {
  build = [
    "CREATE DYNAMIC TABLE",
    "CREATE EXTERNAL TABLE",
    "CREATE FILE FORMAT",
    "CREATE FUNCTION",
    "CREATE MATERIALIZED VIEW",
    "CREATE PROCEDURE",
    "CREATE SEQUENCE",
    "CREATE STAGE",
    "CREATE STREAM",
    "CREATE TABLE",
    "CREATE TASK",
    "CREATE VIEW",
    "USAGE",
  ]
  relations = ["DYNAMIC TABLES", "MATERIALIZED VIEWS", "TABLES", "VIEWS"]

  # Databases that a role of this domain needs to reach its schemas. A person's own role is let
  # into the one for development by the mesh, since a person may be in two domains.
  enters = merge([
    for name, schema in local.schemas : {
      for role in setintersection(keys(var.roles), concat([schema.owner], schema.users, schema.creators)) :
      "${schema.database}/${role}" => { database = schema.database, role = role }...
    }
  ]...)

  uses = merge([
    for name, schema in local.schemas : {
      for role in setunion([schema.owner], schema.users, schema.creators) : "${name}/${role}" => {
        schema     = schema.full_name
        role       = role
        privileges = contains(concat([schema.owner], schema.creators), role) ? local.build : ["USAGE"]
      }
    }
  ]...)

  owned = merge([
    for name, schema in local.schemas : {
      for kind in concat(local.relations, ["FUNCTIONS"]) : "${name}/${lower(kind)}" => {
        schema = schema.full_name
        owner  = schema.owner
        kind   = kind
      }
    }
  ]...)

  future_reads = merge(flatten([
    for name, schema in local.schemas : [
      for role in setsubtract(schema.readers, [schema.owner]) : {
        for kind in local.relations : "${name}/${role}/${lower(kind)}" => {
          schema = schema.full_name
          role   = role
          kind   = kind
        }
      }
    ]
  ])...)
}

resource "snowflake_grant_privileges_to_account_role" "database" {
  for_each = local.enters

  account_role_name = upper(each.value[0].role)
  privileges        = ["USAGE"]

  on_account_object {
    object_type = "DATABASE"
    object_name = each.value[0].database
  }

  depends_on = [snowflake_account_role.this]
}

resource "snowflake_grant_privileges_to_account_role" "schema" {
  for_each = local.uses

  account_role_name = upper(each.value.role)
  privileges        = each.value.privileges

  on_schema {
    schema_name = each.value.schema
  }

  depends_on = [snowflake_account_role.this, snowflake_schema.this]
}

# Whoever builds it, what is in a schema belongs to its owner: it stays when a project goes.
resource "snowflake_grant_ownership" "future" {
  for_each = local.owned

  account_role_name = upper(each.value.owner)

  on {
    future {
      object_type_plural = each.value.kind
      in_schema          = each.value.schema
    }
  }

  depends_on = [snowflake_account_role.this, snowflake_schema.this]
}

resource "snowflake_grant_privileges_to_account_role" "future" {
  for_each = local.future_reads

  account_role_name = upper(each.value.role)
  privileges        = ["SELECT"]

  on_schema_object {
    future {
      object_type_plural = each.value.kind
      in_schema          = each.value.schema
    }
  }

  depends_on = [snowflake_account_role.this, snowflake_schema.this]
}

# What was there before the schema was taken over.
resource "snowflake_grant_privileges_to_account_role" "present" {
  for_each = { for key, read in local.future_reads : key => read if contains(["TABLES", "VIEWS"], read.kind) }

  account_role_name = upper(each.value.role)
  privileges        = ["SELECT"]

  on_schema_object {
    all {
      object_type_plural = each.value.kind
      in_schema          = each.value.schema
    }
  }

  depends_on = [snowflake_account_role.this, snowflake_schema.this]
}
