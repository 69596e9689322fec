"""Rules of the mesh, and what they find in a project."""
