output "connection" {
  description = "Number of the connection; projects are given it as `settings.connection_id`."
  value       = one(dbtcloud_global_connection.this[*].id)
}
