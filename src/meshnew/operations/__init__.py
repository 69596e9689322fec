"""What a user asks for, end to end.

A module here is one thing that is asked for (`init`, `new`, `apply` ...); what several of them
need lies in folders: `stacks`, `repositories`, `runs`, `changes` and the platform's `records`.
"""
