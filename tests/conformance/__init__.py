"""The modules with the real providers: `make conformance`.

Never part of `make test`: pytest does not look for files named conform_*.py by itself.
"""
