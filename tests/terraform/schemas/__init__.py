"""Schemas of the real Terraform providers: which there are, and how they are written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from meshnew.assets import asset

FOLDER = Path(__file__).parent
KINDS = {"resource": "resource_schemas", "data": "data_source_schemas"}


def load(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Provider address -> its part of `terraform providers schema -json`."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.json")):
        found |= json.loads(path.read_text())["provider_schemas"]
    return found


def used() -> dict[str, set[str]]:
    """`resource` and `data` -> types that the modules use."""
    text = "".join(path.read_text() for path in sorted(asset("terraform_modules").rglob("*.tf")))
    return {
        kind: set(re.findall(rf'^{kind} "(\w+)" "', text, flags=re.MULTILINE)) for kind in KINDS
    }


def reduced(document: dict[str, Any], wanted: dict[str, set[str]]) -> dict[str, Any]:
    """A schema document with the wanted types only."""
    schemas = {
        source: {"provider": schema["provider"]}
        | {
            key: {
                name: value for name, value in schema.get(key, {}).items() if name in wanted[kind]
            }
            for kind, key in KINDS.items()
        }
        for source, schema in document["provider_schemas"].items()
    }
    for schema in schemas.values():
        attributes = schema["provider"]["block"].get("attributes", {})
        for name in [name for name in attributes if name.endswith("_custom_endpoint")]:
            del attributes[name]
    return document | {"provider_schemas": schemas}


def written(document: dict[str, Any]) -> str:
    """A line a resource, so that a change of one shows as a change of one."""
    parts = []
    for source, schema in document["provider_schemas"].items():
        kinds = []
        for key in KINDS.values():
            lines = ",\n".join(
                f'        "{name}": {json.dumps(value, sort_keys=True, separators=(",", ":"))}'
                for name, value in sorted(schema[key].items())
            )
            kinds.append(
                f'      "{key}": {{\n{lines}\n      }}' if lines else f'      "{key}": {{}}'
            )
        provider = json.dumps(schema["provider"], sort_keys=True, separators=(",", ":"))
        inner = ",\n".join([f'      "provider": {provider}', *kinds])
        parts.append(f'    "{source}": {{\n{inner}\n    }}')
    return (
        f'{{\n  "format_version": "{document["format_version"]}",\n'
        f'  "provider_version": "{document["provider_version"]}",\n'
        '  "provider_schemas": {\n' + ",\n".join(parts) + "\n  }\n}\n"
    )


def write(source: Path, wanted: dict[str, set[str]] | None = None, target: Path = FOLDER) -> None:
    """Write the reduced schemas from a folder with the whole ones.

    What a whole one lacks, since it was derived otherwise, stays as it is.
    """
    known = load(target)
    for path in sorted(source.glob("*.json")):
        document = json.loads(path.read_text())
        for name, schema in document["provider_schemas"].items():
            for key in KINDS.values():
                schema[key] = known.get(name, {}).get(key, {}) | schema.get(key, {})
        (target / path.name).write_text(written(reduced(document, wanted or used())))
