# What deployments connect as. Secrets are written and never read: the state holds none.

locals {
  credentials = {
    for adapter in ["bigquery", "databricks", "postgres", "snowflake"] :
    adapter => adapter == var.settings.adapter ? local.deployments : {}
  }
  credential_ids = merge(
    { for name, made in dbtcloud_bigquery_credential.this : name => made.credential_id },
    { for name, made in dbtcloud_databricks_credential.this : name => made.credential_id },
    { for name, made in dbtcloud_postgres_credential.this : name => made.credential_id },
    { for name, made in dbtcloud_snowflake_credential.this : name => made.credential_id },
  )
}

# The identity is the connection's.
resource "dbtcloud_bigquery_credential" "this" {
  for_each = local.credentials.bigquery

  project_id    = dbtcloud_project.this.id
  connection_id = local.connection_id
  dataset       = each.value.schema
  num_threads   = var.settings.threads
}

resource "dbtcloud_databricks_credential" "this" {
  for_each = local.credentials.databricks

  project_id       = dbtcloud_project.this.id
  catalog          = each.value.database
  schema           = each.value.schema
  token_wo         = lookup(var.secrets, each.key, null)
  token_wo_version = var.settings.secrets_version
}

resource "dbtcloud_postgres_credential" "this" {
  for_each = local.credentials.postgres

  project_id          = dbtcloud_project.this.id
  type                = "postgres"
  username            = each.value.identity
  default_schema      = each.value.schema
  num_threads         = var.settings.threads
  password_wo         = lookup(var.secrets, each.key, null)
  password_wo_version = var.settings.secrets_version
}

resource "dbtcloud_snowflake_credential" "this" {
  for_each = local.credentials.snowflake

  project_id             = dbtcloud_project.this.id
  auth_type              = "keypair"
  user                   = each.value.identity
  role                   = each.value.role
  database               = each.value.database
  warehouse              = each.value.compute
  schema                 = each.value.schema
  num_threads            = var.settings.threads
  private_key_wo         = lookup(var.secrets, each.key, null)
  private_key_wo_version = var.settings.secrets_version
}
