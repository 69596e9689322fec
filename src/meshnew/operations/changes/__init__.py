"""Changes to repositories: proposed, checked, merged."""
