"""Terraform: compose stacks, find an engine, run it, read a plan."""
