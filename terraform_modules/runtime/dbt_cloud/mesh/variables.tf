variable "mesh" {
  description = "Name of the mesh; also of the connection."
  type        = string
  nullable    = false
}

variable "settings" {
  description = "What only dbt Cloud has: where the warehouse is, without a credential; none where the connection was made by hand."
  type = object({
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
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.settings.connection == null || length([for part in values(coalesce(var.settings.connection, {})) : part if part != null]) == 1
    error_message = "settings.connection describes one warehouse: keep one of databricks, postgres, snowflake. A connection to BigQuery holds a key, so it is made by hand and its number given as settings.connection_id."
  }
}
