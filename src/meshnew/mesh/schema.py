"""JSON Schemas of mesh.yml and projects/*.yml, by which editors complete and check them."""

from __future__ import annotations

import json

from meshnew.mesh.models import MeshSpec, Model, ProjectSpec


def schemas() -> dict[str, str]:
    """File name in schemas/ -> its text."""
    models: dict[str, type[Model]] = {"mesh.json": MeshSpec, "project.json": ProjectSpec}
    return {
        name: json.dumps(
            {"$schema": "https://json-schema.org/draft/2020-12/schema"} | model.model_json_schema(),
            indent=2,
        )
        + "\n"
        for name, model in models.items()
    }


if __name__ == "__main__":
    from meshnew.assets import asset

    for file, text in schemas().items():
        (asset("schemas") / file).write_text(text, encoding="utf-8")
