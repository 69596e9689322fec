variable "access" {
  description = "Team => what it may do in the repository: `read`, `write` or `maintain`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for permission in values(var.access) : contains(["read", "write", "maintain"], permission)])
    error_message = "access takes one of read, write, maintain for each team: use `write` for the team that works in the repository."
  }
}

variable "deploy_keys" {
  description = "Public keys that may read the repository, or write it too, by title."
  type = map(object({
    key   = string
    write = optional(bool, false)
  }))
  default  = {}
  nullable = false
}

variable "environments" {
  description = "What jobs run in, by name: variables, names of secrets, and whether only protected branches may use it."
  type = map(object({
    protected = optional(bool, false)
    secrets   = optional(set(string), [])
    variables = optional(map(string), {})
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue(flatten([
      for about in values(var.environments) : [
        for name in concat(keys(about.variables), tolist(about.secrets)) :
        can(regex("^[A-Z_][A-Z0-9_]*$", name)) && !startswith(name, "CI_")
      ]
    ]))
    error_message = "variables and secrets of an environment are named in capitals, not beginning with CI_, which the forge keeps for itself: use a name such as SNOWFLAKE_USER."
  }

  validation {
    condition = alltrue([
      for about in values(var.environments) : length(setintersection(keys(about.variables), about.secrets)) == 0
    ])
    error_message = "an environment has a name as variable and as secret: a secret has no value here. Remove it from variables."
  }

  validation {
    condition     = length(var.protected_branches) > 0 || alltrue([for about in values(var.environments) : !about.protected])
    error_message = "a protected environment is used by protected branches only, and there is none: name one in protected_branches."
  }
}

variable "labels" {
  description = "Labels of changes and issues by name."
  type = map(object({
    color       = string
    description = optional(string, "")
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for label in values(var.labels) : can(regex("^[0-9a-f]{6}$", label.color))])
    error_message = "color of a label is six hexadecimal digits in lower case, such as `d73a4a`."
  }
}

variable "protected_branches" {
  description = "Branches that take one first push and then changes only: names of the checks a change must have passed, and how many owners must have approved it."
  type = map(object({
    checks    = optional(set(string), [])
    approvals = optional(number, 0)
  }))
  default  = { main = {} }
  nullable = false

  validation {
    condition     = alltrue([for branch in values(var.protected_branches) : branch.approvals >= 0 && branch.approvals <= 100 && floor(branch.approvals) == branch.approvals])
    error_message = "approvals of a protected branch is a whole number up to 100: 1 asks one owner of each file, 0 asks nobody."
  }
}

variable "repository" {
  description = "The project's repository and one line that says what it is for."
  type = object({
    description = string
    name        = string
    topics      = optional(set(string), [])
  })
  nullable = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{1,255}$", var.repository.name))
    error_message = "a repository's name has up to 255 letters, digits, `.`, `_` and `-`: choose a shorter name."
  }
}

variable "schedules" {
  description = "Job => when it runs, as cron has it in UTC; its pipeline finds the job's name in MESHNEW_JOB."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for cron in values(var.schedules) : can(regex("^[^ ]+( +[^ ]+){4}$", cron))])
    error_message = "a schedule must be a cron expression of five fields, such as \"0 6 * * *\" for six every morning."
  }
}

variable "settings" {
  description = "What only GitLab has: full path of the mesh's group, its tier, and visibility."
  type = object({
    group      = string
    tier       = optional(string, "free")
    visibility = optional(string, "private")
  })
  nullable = false

  validation {
    condition     = contains(["private", "internal", "public"], var.settings.visibility)
    error_message = "settings.visibility is private, internal or public: use `private`."
  }

  validation {
    condition     = contains(["free", "premium", "ultimate"], var.settings.tier)
    error_message = "settings.tier is free, premium or ultimate: say which your group has."
  }

  validation {
    condition     = var.settings.tier != "free" || alltrue([for branch in values(var.protected_branches) : branch.approvals == 0])
    error_message = "the free tier of GitLab cannot require approvals: set `approvals: 0` in mesh.yml, or settings.tier to premium where the group has it."
  }
}

variable "starter" {
  description = "Whether nothing was pushed yet: maintainers may then push to protected branches, and schedules rest."
  type        = bool
  default     = false
  nullable    = false
}

variable "variables" {
  description = "Variables of the repository's CI by name, for all environments; no secrets."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.variables) : can(regex("^[A-Z_][A-Z0-9_]*$", name)) && !startswith(name, "CI_")])
    error_message = "variables are named in capitals, not beginning with CI_, which the forge keeps for itself: use a name such as DBT_CLOUD_PROJECT_ID."
  }
}
