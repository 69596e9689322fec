"""dbt, always in a project's own environment: run it, read its artifacts, write interfaces."""
