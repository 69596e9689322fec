"""What a user asks for, end to end: one module an operation."""
