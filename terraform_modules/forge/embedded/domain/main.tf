# The team of a domain.

resource "embedded_team" "this" {
  for_each = var.teams

  name    = each.key
  members = each.value.members
}
