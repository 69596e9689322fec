terraform {
  required_version = ">= 1.11"

  required_providers {
    dbtcloud = {
      source  = "dbt-labs/dbtcloud"
      version = "~> 1.12"
    }
  }
}
