output "repository" {
  description = "Name of the repository, once its teams may use it and its branches are protected."
  value       = embedded_repository.this.name

  depends_on = [
    embedded_branch_protection.this,
    embedded_repository_access.this,
  ]
}
