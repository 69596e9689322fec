# What the repository's pipelines run in and when: environments, variables, schedules.

locals {
  environment_variables = merge([
    for environment, about in var.environments : {
      for name, value in about.variables : "${environment}/${name}" => {
        environment = environment
        name        = name
        protected   = about.protected
        value       = value
      }
    }
  ]...)
}

resource "gitlab_project_environment" "this" {
  for_each = var.environments

  project             = gitlab_project.this.id
  name                = each.key
  tier                = each.value.protected ? "production" : "testing"
  stop_before_destroy = true
}

resource "gitlab_project_variable" "environment" {
  for_each = local.environment_variables

  project           = gitlab_project.this.id
  environment_scope = gitlab_project_environment.this[each.value.environment].name
  key               = each.value.name
  value             = each.value.value
  protected         = each.value.protected
  raw               = true
}

resource "gitlab_project_variable" "this" {
  for_each = var.variables

  project = gitlab_project.this.id
  key     = each.key
  value   = each.value
  raw     = true
}

# Nothing to run before the first push.
resource "gitlab_pipeline_schedule" "this" {
  for_each = var.schedules

  project       = gitlab_project.this.id
  description   = each.key
  ref           = "refs/heads/main"
  cron          = each.value
  cron_timezone = "UTC"
  active        = !var.starter
}

resource "gitlab_pipeline_schedule_variable" "job" {
  for_each = var.schedules

  project              = gitlab_project.this.id
  pipeline_schedule_id = gitlab_pipeline_schedule.this[each.key].pipeline_schedule_id
  key                  = "MESHNEW_JOB"
  value                = each.key
}
