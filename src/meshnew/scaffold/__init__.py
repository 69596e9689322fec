"""Copier: render a project, preview it, bring it up to date."""
