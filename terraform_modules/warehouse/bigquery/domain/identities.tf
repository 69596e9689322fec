# Roles are Google groups: rights are held by groups only, and a group can be in another one. Each
# that connects has a service account, known by a token of the forge's CI or by the public half of
# a key, and is the group's member.

resource "google_cloud_identity_group" "this" {
  for_each = var.roles

  parent               = "customers/${var.settings.customer}"
  display_name         = "${var.settings.group_prefix} ${each.key}"
  description          = each.value.comment
  initial_group_config = "EMPTY"
  labels               = { "cloudidentity.googleapis.com/groups.discussion_forum" = "" }

  group_key {
    id = local.groups[each.key]
  }
}

resource "google_service_account" "this" {
  for_each = { for name, role in var.roles : name => role if role.login }

  project      = var.database
  account_id   = coalesce(each.value.principal, replace(each.key, "_", "-"))
  display_name = each.key
  description  = each.value.comment
}

resource "google_cloud_identity_group_membership" "identity" {
  for_each = google_service_account.this

  group = google_cloud_identity_group.this[each.key].name

  preferred_member_key {
    id = each.value.email
  }

  roles {
    name = "MEMBER"
  }
}

# The public half alone is sent, so no state holds the private one. Named by itself: a key that is
# replaced leaves the other one as it is.
resource "google_service_account_key" "this" {
  for_each = merge([
    for name, role in var.roles : {
      for key in role.public_keys : "${name}/${substr(sha256(key), 0, 8)}" => { role = name, key = key }
    }
  ]...)

  service_account_id = google_service_account.this[each.value.role].name
  public_key_data = base64encode(join("\n", concat(
    ["-----BEGIN CERTIFICATE-----"],
    regexall(".{1,64}", replace(each.value.key, "/\\s/", "")),
    ["-----END CERTIFICATE-----", ""],
  )))
}

locals {
  subjects = merge([
    for name, role in var.roles : {
      for subject in role.subjects : "${name}/${subject}" => {
        role = name
        # GitLab names the branch in the subject: `*` is any of them, which its pool has as `job`.
        principal = (
          endswith(subject, ":ref:*")
          ? "principalSet://iam.googleapis.com/projects/%s/locations/global/workloadIdentityPools/${var.settings.pool}/attribute.job/${trimsuffix(subject, ":ref:*")}"
          : "principal://iam.googleapis.com/projects/%s/locations/global/workloadIdentityPools/${var.settings.pool}/subject/${subject}"
        )
      }
    }
  ]...)
}

# The pool lies in the project for production, and is addressed by that project's number.
data "google_project" "pool" {
  for_each = toset(length(local.subjects) > 0 ? [var.database] : [])

  project_id = each.key
}

resource "google_service_account_iam_member" "federated" {
  for_each = local.subjects

  service_account_id = google_service_account.this[each.value.role].name
  role               = "roles/iam.workloadIdentityUser"
  member             = format(each.value.principal, data.google_project.pool[var.database].number)
}

# Groups of other stacks are known by address, and joined by an id that has to be asked for.
data "google_cloud_identity_group_lookup" "role" {
  for_each = setsubtract([for membership in values(var.memberships) : membership.role], keys(var.roles))

  group_key {
    id = local.groups[each.key]
  }
}

resource "google_cloud_identity_group_membership" "this" {
  for_each = var.memberships

  group = (
    contains(keys(var.roles), each.value.role)
    ? google_cloud_identity_group.this[each.value.role].name
    : data.google_cloud_identity_group_lookup.role[each.value.role].name
  )

  preferred_member_key {
    id = local.groups[each.value.member]
  }

  roles {
    name = "MEMBER"
  }

  depends_on = [google_cloud_identity_group.this]
}
