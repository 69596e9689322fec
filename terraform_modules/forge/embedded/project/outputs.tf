output "id" {
  description = "The forge's own number of the repository; the embedded forge has none."
  value       = null
}

output "repository" {
  description = "Name of the repository, once its teams may use it and its branches are protected."
  value       = embedded_repository.this.name

  depends_on = [
    embedded_branch_protection.this,
    embedded_repository_access.this,
  ]
}

output "secrets" {
  description = "Secrets that its CI needs, as `environment/NAME`; the laptop needs none."
  value       = []
}

output "subjects" {
  description = "Environment => subjects of OIDC tokens; the embedded forge gives none."
  value       = {}
}
