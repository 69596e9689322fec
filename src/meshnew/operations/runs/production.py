"""What production is made of: the manifest of the last whole deploy, kept with the project.

It lies on a branch of the project's own repository that is one commit without a history:
only the last state is ever compared with, and a manifest of megabytes for each deploy would
be fetched by every clone for ever.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meshnew.forge import working
from meshnew.operations.session import Session

if TYPE_CHECKING:
    from meshnew.dbt.graph import Graph
    from meshnew.dbt.results import JobResult

BRANCH = "meshnew/production"
MANIFEST = "manifest.json"


def store(session: Session, project: str, result: JobResult, commit: str) -> None:
    """Keep the manifest of a whole deploy."""
    manifest = without_waiting(json.loads(result.manifest.read_text("utf-8")), result)
    environ = session.forge.environment()
    store_at(session.forge.url(project), manifest, commit, environ=environ)


def without_waiting(manifest: dict[str, Any], result: JobResult) -> dict[str, Any]:
    """A manifest without what waits: that is not in production."""
    for waiting in result.waiting:
        manifest["nodes"].pop(waiting.unique_id, None)
    return manifest


def store_at(
    url: str, manifest: dict[str, Any], commit: str, *, environ: Mapping[str, str]
) -> None:
    """Keep a manifest in the repository of its project.

    Raises:
        ForgeError: refused or not reached.
    """
    working.replace_branch(
        url,
        BRANCH,
        {MANIFEST: json.dumps(manifest, sort_keys=True)},
        environ=environ,
        author="meshnew",
        message=f"The manifest of production, built from {commit}",
    )


def fetch(session: Session, project: str, folder: Path) -> bool:
    """Write the manifest of production into a folder; False where nothing was deployed yet."""
    return _write(session.forge.file(project, MANIFEST, ref=BRANCH), folder)


def fetch_here(checkout: Path, folder: Path) -> bool:
    """The same, from the origin of a checkout."""
    return _write(working.file_of_origin(checkout, MANIFEST, BRANCH), folder)


def _write(text: str | None, folder: Path) -> bool:
    if text is None:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return True


def let_contracts_change(folder: Path, graph: Graph) -> None:
    """Let a contract that was broken be a change like others, in a manifest `fetch` wrote.

    dbt would end at it. Whether it may be broken depends on who reads the product; the check
    names them, and the deploy refuses.
    """
    path = folder / MANIFEST
    manifest = json.loads(path.read_text("utf-8"))
    for uid, old in list(manifest["nodes"].items()):
        contract = old.get("contract") or {}
        if not contract.get("enforced"):
            continue
        now = graph.nodes.get(uid)
        if now is None:
            del manifest["nodes"][uid]
        elif (now.get("contract") or {}).get("checksum") != contract.get("checksum"):
            contract["enforced"] = False
    path.write_text(json.dumps(manifest), encoding="utf-8")
