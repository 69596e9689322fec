"""What a change does to published products, for the report of its check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from meshnew.dbt.graph import Graph
from meshnew.operations.breaking import differences
from meshnew.operations.session import Session


def contract_changes(session: Session, project: str, manifest: Path) -> list[dict[str, Any]]:
    """What happens to published products, what breaks consumers first, each with who reads it.

    Args:
        session: the session.
        project: its name.
        manifest: the manifest.json of the check.
    """
    found = differences(session, Graph.read(manifest, project), production=False)
    return [{**item.to_json(), "text": item.sentence} for item in found]
