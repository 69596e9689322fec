# The database, and a login for everyone who works with it or reads from it.

resource "embedded_database" "this" {
  name = var.database
}

resource "embedded_role" "login" {
  for_each = var.logins

  name    = each.key
  login   = true
  comment = each.value.comment

  # A role is dropped with its rights in the database: while there is one.
  depends_on = [embedded_database.this]
}
