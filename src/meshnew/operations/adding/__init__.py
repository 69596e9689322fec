"""add: write a source, a staging model, a product, a domain or an input into what is there."""
