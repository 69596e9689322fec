"""What a mesh is: mesh.yml and projects/*.yml, names, the access model."""
