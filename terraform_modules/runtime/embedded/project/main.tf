# Jobs of a project; nothing runs them by itself, `meshnew run --due` does.

resource "embedded_job" "this" {
  for_each = var.jobs

  project  = var.project
  name     = each.key
  schedule = each.value.schedule
  command  = each.value.command
}
