# The database, and a login for everyone who works with it or reads from it.

locals {
  # Names of an existing database pass through, so that the rest depends on one that is there.
  database = var.settings.create_database ? postgresql_database.this[0].name : var.database
}

resource "postgresql_database" "this" {
  count = var.settings.create_database ? 1 : 0

  name     = var.database
  encoding = "UTF8"
  template = "template0"
}

# No password: who may connect how is a matter of the server (certificate, IAM, LDAP, or one that
# the person sets). A password here would lie in the state.
resource "postgresql_role" "login" {
  for_each = var.logins

  name  = each.key
  login = each.value.principal == null

  # A role is dropped with its rights in the database: while there is one.
  depends_on = [postgresql_database.this]
}

# Somebody whom the server knows by another name connects by that one, and acts as the login.
resource "postgresql_role" "principal" {
  for_each = { for name, login in var.logins : name => login.principal if login.principal != null }

  name  = each.value
  login = true

  depends_on = [postgresql_database.this]
}

resource "postgresql_grant_role" "principal" {
  for_each = postgresql_role.principal

  grant_role = postgresql_role.login[each.key].name
  role       = each.value.name
}
