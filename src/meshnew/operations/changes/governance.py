"""What the rules of the mesh say of a checkout: of its models, and of who owns its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from meshnew.dbt.graph import Graph
from meshnew.dbt.job import Job
from meshnew.forge import Directory, working
from meshnew.governance import check
from meshnew.governance import owners as ownership
from meshnew.governance.finding import Finding
from meshnew.operations.repositories.platform_files import platform_files
from meshnew.scaffold.render import ANSWERS_FILE, read_answers


def rules(job: Job, graph: Graph) -> list[Finding]:
    """What the rules find in a parsed project."""
    return check.check(graph, job.folder, package=job.package)


def owners(
    folder: Path,
    forge: Directory | None,
    *,
    first: str = "",
    untracked: bool = False,
) -> list[Finding]:
    """What is wrong with the owners of a checkout's files; nothing where no template rendered it.

    Args:
        folder: the checkout.
        forge: knows teams and people; None where it cannot be asked.
        first: the change that brings the project to its spec, if there is one.
        untracked: look at files as well that nobody has committed yet.
    """
    answers = folder / ANSWERS_FILE
    if not answers.is_file():
        return []
    recorded = read_answers(answers.read_text(encoding="utf-8"))
    hosted = recorded.get("forge", "embedded") != "embedded"
    expected = ownership.Expected(
        platform=recorded["platform_team"],
        domains={name: about["team"] for name, about in _domains(recorded).items()},
        prefix=f"@{recorded['organization']}/" if hosted else "@",
        files=platform_files(folder, untracked=untracked),
        teams=forge.teams() if forge else None,
        is_person=forge.is_person if forge else lambda _: False,
        first=first,
    )
    path, text = working.owners_file(folder)
    return ownership.check(path, text, working.files(folder, untracked=untracked), expected)


def _domains(recorded: Mapping[str, Any]) -> Mapping[str, Any]:
    """Domains of a project as it was rendered, however they were given."""
    if recorded.get("domains") or "team" not in recorded:
        return recorded.get("domains") or {}
    return {recorded["project"]: {"team": recorded["team"]}}
