variable "access" {
  description = "Team => what it may do in the project: `read`, `write` or `maintain`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for permission in values(var.access) : contains(["read", "write", "maintain"], permission)])
    error_message = "access takes one of read, write, maintain for each team: use `write` for the team that works in the project."
  }
}

variable "environments" {
  description = "`development`, `ci`, `production` => what the runtime connects as there, where it builds, and variables."
  type = map(object({
    compute   = optional(string)
    database  = optional(string)
    identity  = optional(string)
    role      = optional(string)
    schema    = optional(string)
    variables = optional(map(string), {})
  }))
  nullable = false

  validation {
    condition     = length(setsubtract(keys(var.environments), ["development", "ci", "production"])) == 0 && contains(keys(var.environments), "production")
    error_message = "environments are development, ci and production: name production, and no other."
  }

  validation {
    condition     = alltrue([for name, about in var.environments : name == "development" || about.schema != null])
    error_message = "the environments ci and production each need a schema to build in: give one, such as the first domain's."
  }

  validation {
    condition = !contains(["postgres", "snowflake"], var.settings.adapter) || alltrue([
      for name, about in var.environments : name == "development" || about.identity != null
    ])
    error_message = "the environments ci and production each need the identity that they connect as: give the project's, such as `flights_transformer`."
  }

  validation {
    condition = alltrue(flatten([
      for about in values(var.environments) : [
        for name in keys(about.variables) : startswith(name, "DBT_") && !startswith(name, "DBT_ENV_SECRET")
      ]
    ]))
    error_message = "variables of an environment begin with DBT_ and are no secrets, since the state keeps them: set a DBT_ENV_SECRET variable in dbt Cloud by hand."
  }
}

variable "jobs" {
  description = "Jobs of the project by name: what starts one (`change`, `merge`, `hand`, or a schedule), and its dbt commands where they are not the usual ones."
  type = map(object({
    command  = string
    on       = optional(string, "hand")
    schedule = optional(string)
    steps    = optional(list(string))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for job in values(var.jobs) : job.schedule == null || can(regex("^[^ ]+( +[^ ]+){4}$", job.schedule))])
    error_message = "schedule must be a cron expression of five fields, such as \"0 6 * * *\" for six every morning."
  }

  validation {
    condition     = alltrue([for job in values(var.jobs) : contains(["change", "hand", "merge"], job.on) && (job.on == "hand" || job.schedule == null)])
    error_message = "a job is started by one thing: `on` is change or merge, or it has a schedule, or neither and it is started by hand."
  }

  validation {
    condition     = alltrue([for job in values(var.jobs) : job.on != "change" || contains(keys(var.environments), "ci")])
    error_message = "a job of changes builds in the environment ci, and there is none: add ci to environments."
  }
}

variable "notify" {
  description = "E-mail addresses that hear when a job of production fails."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.notify) == 0 || var.settings.notification_user != null
    error_message = "dbt Cloud keeps each notification with one of its users: give the number of one in settings.notification_user."
  }
}

variable "project" {
  description = "Name of the project."
  type        = string
  nullable    = false
}

variable "repository" {
  description = "Address of the project's repository as the runtime clones it, and the forge's own number of it."
  type = object({
    id  = optional(string)
    url = string
  })
  nullable = false

  validation {
    condition     = var.settings.git.strategy != "deploy_token" || var.repository.id != null
    error_message = "settings.git.strategy deploy_token needs the project's number on GitLab: give it as repository.id."
  }
}

variable "secrets" {
  description = "Environment => private key, password or token of its identity; never kept. A new one is sent when settings.secrets_version grows."
  type        = map(string)
  default     = {}
  nullable    = false
  ephemeral   = true
  sensitive   = true
}

variable "settings" {
  description = "What only dbt Cloud has: adapter, connection (of the mesh by number, or its own), how it reads the repository, version of dbt, threads, timeout in seconds, and features of the account."
  type = object({
    adapter         = string
    compare_changes = optional(bool, false)
    connection = optional(object({
      databricks = optional(object({
        catalog   = optional(string)
        host      = string
        http_path = string
      }))
      postgres = optional(object({
        dbname   = string
        hostname = string
        port     = optional(number, 5432)
      }))
      snowflake = optional(object({
        account   = string
        allow_sso = optional(bool, false)
        database  = string
        role      = optional(string)
        warehouse = string
      }))
    }))
    connection_id = optional(number)
    dbt_version   = optional(string, "latest")
    git = optional(object({
      github_installation_id = optional(number)
      strategy               = optional(string, "deploy_key")
    }), {})
    lint                = optional(bool, false)
    model_notifications = optional(bool, false)
    notification_user   = optional(number)
    secrets_version     = optional(number, 1)
    slack = optional(object({
      id   = string
      name = string
    }))
    sso_groups  = optional(map(set(string)), {})
    state_aware = optional(bool, false)
    threads     = optional(number, 4)
    timeout     = optional(number, 3600)
  })
  nullable = false

  validation {
    condition     = contains(["bigquery", "databricks", "postgres", "snowflake"], var.settings.adapter)
    error_message = "settings.adapter is bigquery, databricks, postgres or snowflake: name the mesh's warehouse."
  }

  validation {
    condition     = (var.settings.connection == null) != (var.settings.connection_id == null)
    error_message = "a project has one connection: give settings.connection_id for the mesh's, or settings.connection for its own. One to BigQuery holds a key, so it is made by hand and given by number."
  }

  validation {
    condition     = contains(["deploy_key", "deploy_token", "github_app"], var.settings.git.strategy)
    error_message = "settings.git.strategy is deploy_key, deploy_token (GitLab) or github_app: use github_app on GitHub, so that changes start jobs."
  }

  validation {
    condition     = var.settings.git.strategy != "github_app" || var.settings.git.github_installation_id != null
    error_message = "settings.git.strategy github_app needs the number of dbt Cloud's installation: give it as settings.git.github_installation_id."
  }

  validation {
    condition     = !var.settings.state_aware || var.settings.dbt_version == "latest-fusion"
    error_message = "state-aware jobs run on dbt Fusion only: set settings.dbt_version to latest-fusion, or settings.state_aware to false."
  }

  validation {
    condition     = var.settings.slack == null || var.settings.notification_user != null
    error_message = "dbt Cloud keeps a notification of Slack with one of its users: give the number of one in settings.notification_user."
  }
}

variable "starter" {
  description = "Whether production has not run yet: jobs then build everything and compare with nothing."
  type        = bool
  default     = false
  nullable    = false
}
