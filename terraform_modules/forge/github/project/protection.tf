# What a change of a protected branch needs; for a first push the provisioning identity may pass.

locals {
  actor_types = { admins = "OrganizationAdmin", app = "Integration", team = "Team" }

  # GitHub knows the administrators of an organisation by the number 1.
  bypass = var.starter && var.settings.provisioner != null ? [{
    id   = coalesce(var.settings.provisioner.id, 1)
    type = local.actor_types[var.settings.provisioner.type]
  }] : []
}

resource "github_repository_ruleset" "branch" {
  for_each = var.protected_branches

  repository  = github_repository.this.name
  name        = "protect ${each.key}"
  target      = "branch"
  enforcement = "active"

  dynamic "bypass_actors" {
    for_each = local.bypass

    content {
      actor_id    = bypass_actors.value.id
      actor_type  = bypass_actors.value.type
      bypass_mode = "always"
    }
  }

  conditions {
    ref_name {
      include = ["refs/heads/${each.key}"]
      exclude = []
    }
  }

  rules {
    deletion         = true
    non_fast_forward = true

    pull_request {
      dismiss_stale_reviews_on_push   = true
      require_code_owner_review       = each.value.approvals > 0
      require_last_push_approval      = each.value.approvals > 0
      required_approving_review_count = each.value.approvals
    }

    dynamic "required_status_checks" {
      for_each = length(each.value.checks) > 0 ? [each.value.checks] : []

      content {
        dynamic "required_check" {
          for_each = required_status_checks.value

          content {
            context        = lookup(var.settings.check_contexts, required_check.value, required_check.value)
            integration_id = var.settings.checks_app
          }
        }
      }
    }
  }
}

# A release that was published stays what it was.
resource "github_repository_ruleset" "tags" {
  repository  = github_repository.this.name
  name        = "keep tags"
  target      = "tag"
  enforcement = "active"

  conditions {
    ref_name {
      include = ["~ALL"]
      exclude = []
    }
  }

  rules {
    deletion         = true
    non_fast_forward = true
    update           = true
  }
}
