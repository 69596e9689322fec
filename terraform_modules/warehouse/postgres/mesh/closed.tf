# The closed database: nobody may make schemas in it. CREATE is a right on a whole database, not on
# a prefix, so functions make and drop the schemas of the CI identity that calls them.

locals {
  # What a function runs as its owner must resolve in pg_catalog, whatever the caller put into the
  # search path; the provider knows no SET clause, so it is set first and put back last.
  begin = <<-SQL
    declare
      former pg_catalog.text := pg_catalog.current_setting('search_path');
      project pg_catalog.text;
      name pg_catalog.text;
    begin
      perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
      project := substring(session_user from '^(.+)_ci$');
      name := format('ci_%s_%s', project, change);
      if project is null then
        raise insufficient_privilege using
          message = format('%s is not the CI identity of a project', session_user),
          hint = 'Connect as PROJECT_ci.';
      end if;
      if change is null or change < 0 then
        raise invalid_parameter_value using
          message = 'a change has a number from 1; 0 stands for main itself';
      end if;
  SQL

  functions = {
    create_ci_schema = "execute format('create schema if not exists %I authorization %I', name, session_user);"
    drop_ci_schema   = "execute format('drop schema if exists %I cascade', name);"
  }
}

resource "postgresql_grant" "connect" {
  database    = local.database
  role        = "public"
  object_type = "database"
  # dbt needs temporary tables for snapshots and incremental models.
  privileges = ["CONNECT", "TEMPORARY"]
}

resource "postgresql_grant" "public" {
  database    = local.database
  role        = "public"
  schema      = "public"
  object_type = "schema"
  privileges  = []
}

resource "postgresql_schema" "functions" {
  name     = "meshnew"
  database = local.database
}

resource "postgresql_grant" "functions" {
  database    = local.database
  role        = "public"
  schema      = postgresql_schema.functions.name
  object_type = "schema"
  privileges  = ["USAGE"]
}

resource "postgresql_function" "this" {
  for_each = local.functions

  database         = local.database
  schema           = postgresql_schema.functions.name
  name             = each.key
  language         = "plpgsql"
  returns          = "text"
  security_definer = true
  body = join("\n", [
    trimspace(local.begin),
    "  ${each.value}",
    "  perform set_config('search_path', former, true);",
    "  return name;",
    "end;",
  ])

  arg {
    name = "change"
    type = "integer"
  }
}
