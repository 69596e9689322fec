"""The laptop platform: Postgres, repositories, records, and their Terraform provider."""
