# What the repository's CI runs in: environments, and variables that are no secrets.

locals {
  environment_variables = merge([
    for environment, about in var.environments : {
      for name, value in about.variables : "${environment}/${name}" => {
        environment = environment
        name        = name
        value       = value
      }
    }
  ]...)

  # Named one by one: "protected branches" would mean classic protection, not rulesets.
  environment_branches = merge([
    for environment, about in var.environments : {
      for branch in keys(var.protected_branches) : "${environment}/${branch}" => {
        branch      = branch
        environment = environment
      }
    } if about.protected
  ]...)
}

resource "github_repository_environment" "this" {
  for_each = var.environments

  repository        = github_repository.this.name
  environment       = each.key
  can_admins_bypass = !each.value.protected

  dynamic "deployment_branch_policy" {
    for_each = each.value.protected ? [true] : []

    content {
      custom_branch_policies = true
      protected_branches     = false
    }
  }
}

resource "github_repository_environment_deployment_policy" "this" {
  for_each = local.environment_branches

  repository     = github_repository.this.name
  environment    = github_repository_environment.this[each.value.environment].environment
  branch_pattern = each.value.branch
}

resource "github_actions_environment_variable" "this" {
  for_each = local.environment_variables

  repository    = github_repository.this.name
  environment   = github_repository_environment.this[each.value.environment].environment
  variable_name = each.value.name
  value         = each.value.value
}

resource "github_actions_variable" "this" {
  for_each = var.variables

  repository    = github_repository.this.name
  variable_name = each.key
  value         = each.value
}

# A workflow gets what it asks for by name, and never approves its own change.
resource "github_workflow_repository_permissions" "this" {
  repository                       = github_repository.this.name
  default_workflow_permissions     = "read"
  can_approve_pull_request_reviews = false
}
