# A group for everyone who works with the warehouse or reads from it. The Google Cloud projects are
# there already: who may make them is a matter of the company.

locals {
  groups  = { for name in setunion(keys(var.logins), flatten([for compute in values(var.compute) : compute.users])) : name => "${var.settings.group_prefix}-${name}@${var.settings.group_domain}" }
  persons = { for name, login in var.logins : name => login if login.person }
  tools   = { for name, login in var.logins : name => login if !login.person }
}

# Rights are held by groups only: so each login has one of its own.
resource "google_cloud_identity_group" "login" {
  for_each = var.logins

  parent               = "customers/${var.settings.customer}"
  display_name         = "${var.settings.group_prefix} ${each.key}"
  description          = each.value.comment
  initial_group_config = "EMPTY"
  labels               = { "cloudidentity.googleapis.com/groups.discussion_forum" = "" }

  group_key {
    id = local.groups[each.key]
  }
}

resource "google_service_account" "tool" {
  for_each = local.tools

  project      = var.database
  account_id   = coalesce(each.value.principal, replace(each.key, "_", "-"))
  display_name = each.key
  description  = each.value.comment
}

resource "google_cloud_identity_group_membership" "login" {
  for_each = var.logins

  group = google_cloud_identity_group.login[each.key].name

  preferred_member_key {
    id = each.value.person ? each.value.principal : google_service_account.tool[each.key].email
  }

  roles {
    name = "MEMBER"
  }
}

# The public half alone is sent, so no state holds the private one. A person signs in as such.
resource "google_service_account_key" "tool" {
  for_each = merge([
    for name, login in local.tools : {
      for key in login.public_keys : "${name}/${substr(sha256(key), 0, 8)}" => { login = name, key = key }
    }
  ]...)

  service_account_id = google_service_account.tool[each.value.login].name
  public_key_data = base64encode(join("\n", concat(
    ["-----BEGIN CERTIFICATE-----"],
    regexall(".{1,64}", replace(each.value.key, "/\\s/", "")),
    ["-----END CERTIFICATE-----", ""],
  )))
}
