"""Jobs of dbt: run them, remember them, publish what they built."""
