"""Terraform stacks: which, planned, applied, compared, taken over, left over."""
