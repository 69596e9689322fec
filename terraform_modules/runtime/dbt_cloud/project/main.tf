# A project of dbt Cloud, its repository, its connection and its environments.

locals {
  connection_id = coalesce(var.settings.connection_id, one(module.connection[*].connection))

  # A session in the development environment is its person's own: it has no credential here.
  deployments = { for name, about in var.environments : name => about if name != "development" }
  native      = var.settings.git.strategy != "deploy_key"
}

resource "dbtcloud_project" "this" {
  name        = var.project
  description = "Project ${var.project} of the mesh"
}

resource "dbtcloud_repository" "this" {
  project_id             = dbtcloud_project.this.id
  remote_url             = var.repository.url
  git_clone_strategy     = var.settings.git.strategy
  github_installation_id = var.settings.git.strategy == "github_app" ? var.settings.git.github_installation_id : null
  gitlab_project_id      = var.settings.git.strategy == "deploy_token" ? tonumber(var.repository.id) : null
}

resource "dbtcloud_project_repository" "this" {
  project_id    = dbtcloud_project.this.id
  repository_id = dbtcloud_repository.this.repository_id
}

# A connection of its own, where the mesh's does not fit.
module "connection" {
  source = "../mesh"
  count  = var.settings.connection == null ? 0 : 1

  mesh     = var.project
  settings = { connection = var.settings.connection }
}

resource "dbtcloud_environment" "this" {
  for_each = var.environments

  project_id        = dbtcloud_project.this.id
  name              = each.key
  type              = each.key == "development" ? "development" : "deployment"
  deployment_type   = each.key == "production" ? "production" : null
  dbt_version       = var.settings.dbt_version
  connection_id     = local.connection_id
  credential_id     = lookup(local.credential_ids, each.key, null)
  use_custom_branch = each.key != "development"
  custom_branch     = each.key == "development" ? null : "main"

  depends_on = [dbtcloud_project_repository.this]
}

locals {
  variable_names = toset(flatten([for about in values(var.environments) : keys(about.variables)]))
}

resource "dbtcloud_environment_variable" "this" {
  for_each = local.variable_names

  project_id         = dbtcloud_project.this.id
  name               = each.key
  environment_values = { for name, about in var.environments : name => about.variables[each.key] if contains(keys(about.variables), each.key) }

  # It names environments, which must be there.
  depends_on = [dbtcloud_environment.this]
}
