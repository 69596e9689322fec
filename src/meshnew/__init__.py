"""meshnew takes a team from nothing to a published data product in a dbt mesh."""

__version__ = "0.1.0"
