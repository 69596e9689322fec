# Jobs: of a change, of a merge, and by the clock. What there is in production is not built again.

locals {
  modified = var.starter ? "dbt build" : "dbt build --select state:modified+"
  steps    = { change = local.modified, hand = "dbt build", merge = local.modified }
  types    = { change = "ci", hand = "other", merge = "merge" }
}

resource "dbtcloud_job" "this" {
  for_each = var.jobs

  project_id     = dbtcloud_project.this.id
  environment_id = dbtcloud_environment.this[each.value.on == "change" ? "ci" : "production"].environment_id
  name           = each.key
  job_type       = each.value.schedule == null ? local.types[each.value.on] : "scheduled"
  target_name    = each.value.on == "change" ? "ci" : "prod"
  num_threads    = var.settings.threads
  execution      = { timeout_seconds = var.settings.timeout }

  execute_steps        = coalesce(each.value.steps, [local.steps[each.value.on]])
  generate_docs        = each.value.schedule != null
  run_generate_sources = each.value.schedule != null

  # Before the first run of production there is nothing to compare with.
  deferring_environment_id = !var.starter && each.value.on != "hand" ? dbtcloud_environment.this["production"].environment_id : null
  run_compare_changes      = !var.starter && each.value.on == "change" && var.settings.compare_changes
  run_lint                 = each.value.on == "change" && var.settings.lint
  errors_on_lint_failure   = each.value.on == "change" && var.settings.lint

  # dbt Cloud hears of a change or a merge where it is the forge's app; else the forge's CI calls.
  triggers = {
    git_provider_webhook = each.value.on == "change" && local.native
    github_webhook       = each.value.on == "change" && var.settings.git.strategy == "github_app"
    on_merge             = each.value.on == "merge" && local.native
    schedule             = each.value.schedule != null
  }
  schedule_cron = each.value.schedule
  schedule_type = each.value.schedule == null ? null : "custom_cron"

  # Only what the clock starts may leave out what did not change.
  cost_optimization_features = var.settings.state_aware && each.value.schedule != null ? ["state_aware_orchestration"] : null

  depends_on = [
    dbtcloud_environment_variable.this,
    dbtcloud_project_repository.this,
  ]
}
