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
        can(regex("^[A-Z_][A-Z0-9_]*$", name)) && !startswith(name, "GITHUB_")
      ]
    ]))
    error_message = "variables and secrets of an environment are named in capitals, not beginning with GITHUB_, which the forge keeps for itself: use a name such as SNOWFLAKE_USER."
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
    condition     = alltrue([for branch in values(var.protected_branches) : branch.approvals >= 0 && branch.approvals <= 10 && floor(branch.approvals) == branch.approvals])
    error_message = "approvals of a protected branch is a whole number up to 10: 1 asks one owner of each file, 0 asks nobody."
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
    condition     = can(regex("^[A-Za-z0-9._-]{1,100}$", var.repository.name))
    error_message = "a repository's name has up to 100 letters, digits, `.`, `_` and `-`: choose a shorter name."
  }
}

variable "schedules" {
  description = "Job => when it runs, as cron has it in UTC. On GitHub it stands in the workflow files; nothing is made of it."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "settings" {
  description = "What only GitHub has: the organization, visibility, who provisions (`app` or `team` with its number, or `admins`), check => context as Actions reports it, and the app that must report checks."
  type = object({
    check_contexts = optional(map(string), { ci = "ci / run" })
    checks_app     = optional(number)
    organization   = string
    provisioner = optional(object({
      id   = optional(number)
      type = string
    }))
    visibility = optional(string, "private")
  })
  nullable = false

  validation {
    condition     = contains(["private", "internal", "public"], var.settings.visibility)
    error_message = "settings.visibility is private, internal or public: use `private`."
  }

  validation {
    condition     = contains(["admins", "app", "team"], try(var.settings.provisioner.type, "admins"))
    error_message = "settings.provisioner.type is admins, app or team: use `app` with the number of the GitHub App that provisions."
  }

  validation {
    condition     = try(var.settings.provisioner.type, "admins") == "admins" || try(var.settings.provisioner.id, null) != null
    error_message = "settings.provisioner of type app or team needs its id: give the number of the app or team."
  }
}

variable "starter" {
  description = "Whether nothing was pushed yet: the provisioning identity may then push past the protection."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.starter || var.settings.provisioner != null
    error_message = "starter lets the provisioning identity push first, and there is none: name it in settings.provisioner."
  }
}

variable "variables" {
  description = "Variables of the repository's CI by name, for all environments; no secrets."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.variables) : can(regex("^[A-Z_][A-Z0-9_]*$", name)) && !startswith(name, "GITHUB_")])
    error_message = "variables are named in capitals, not beginning with GITHUB_, which the forge keeps for itself: use a name such as DBT_CLOUD_PROJECT_ID."
  }
}
