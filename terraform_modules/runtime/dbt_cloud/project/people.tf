# Who may do what in the project, and who hears of a failure.

locals {
  permissions = {
    read     = { set = "stakeholder", writes = null }
    write    = { set = "developer", writes = ["development"] }
    maintain = { set = "admin", writes = null }
  }
  production_jobs = [for name, job in var.jobs : dbtcloud_job.this[name].id if job.on != "change"]
}

# Partial: a team works in several projects, and each project's stack says its own part.
resource "dbtcloud_group_partial_permissions" "this" {
  for_each = var.access

  name               = each.key
  assign_by_default  = false
  sso_mapping_groups = lookup(var.settings.sso_groups, each.key, [])
  group_permissions = [{
    all_projects                    = false
    permission_set                  = local.permissions[each.value].set
    project_id                      = dbtcloud_project.this.id
    writable_environment_categories = local.permissions[each.value].writes
  }]
}

resource "dbtcloud_partial_notification" "email" {
  for_each = var.notify

  user_id           = var.settings.notification_user
  notification_type = 4
  external_email    = each.key
  on_cancel         = []
  on_failure        = local.production_jobs
  on_success        = []
  on_warning        = []
}

resource "dbtcloud_partial_notification" "slack" {
  count = var.settings.slack == null ? 0 : 1

  user_id            = var.settings.notification_user
  notification_type  = 2
  slack_channel_id   = var.settings.slack.id
  slack_channel_name = var.settings.slack.name
  on_cancel          = []
  on_failure         = local.production_jobs
  on_success         = []
  on_warning         = []
}

# To the owner of each model's group, whom its project names.
resource "dbtcloud_model_notifications" "this" {
  count = var.settings.model_notifications ? 1 : 0

  environment_id = tostring(dbtcloud_environment.this["production"].environment_id)
  enabled        = true
  on_failure     = true
  on_skipped     = false
  on_success     = false
  on_warning     = false
}
