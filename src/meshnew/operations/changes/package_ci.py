"""The check of a package: every project that imports it parses with the changed package."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import yaml

from meshnew.dbt.job import execute
from meshnew.errors import RunError
from meshnew.forge import git
from meshnew.mesh.access import Role
from meshnew.mesh.names import CI
from meshnew.operations.changes.report import CiReport, Failure
from meshnew.operations.runs import jobs
from meshnew.operations.session import Session

_PACKAGES = "packages.yml"


def parse_importers(
    session: Session, report: CiReport, package: Path, at: Callable[[str], None]
) -> None:
    """Parse main of every project that imports a package, with the checked-out one instead.

    One that does not parse is a failure of the report, the others are parsed all the same.
    """
    work = jobs.workplace(session, report.project, CI)
    for project, spec in session.mesh.projects.items():
        if not spec.domains or not session.forge.has_content(project):
            continue
        at(f"parsing {project}")
        folder = work.with_name(f"{report.project}.importers") / project
        git.sync(session.forge.url(project), folder, environ=session.forge.environment())
        if not _import(folder, session.forge.url(report.project), package):
            continue
        if problem := _parse(session, report, project, folder):
            report.failures.append(problem)
        else:
            report.passed += 1
    report.notes.append("Every project that imports the package was parsed with it.")


def _import(folder: Path, url: str, package: Path) -> bool:
    """Let a project import a package from a folder; False where it does not import it."""
    path = folder / _PACKAGES
    if not path.is_file():
        return False
    listed = yaml.safe_load(path.read_text("utf-8")) or {}
    packages = listed.get("packages") or []
    if not any(item.get("git") == url for item in packages):
        return False
    # dbt links a local package; what lies in it as git's or dbt's own is in nobody's way.
    local = folder / "target" / "package"
    shutil.rmtree(local, ignore_errors=True)
    shutil.copytree(package, local, ignore=shutil.ignore_patterns(".git", "target"))
    listed["packages"] = [
        {"local": "target/package"} if item.get("git") == url else item for item in packages
    ]
    path.write_text(yaml.safe_dump(listed), encoding="utf-8")
    return True


def _parse(session: Session, report: CiReport, project: str, folder: Path) -> Failure | None:
    try:
        job = jobs.prepare(
            session,
            project,
            folder,
            f"{report.run}/{project}",
            identity=Role.CI,
            target="ci",
            steps=("deps", "parse"),
        )
        execute(job)
    except RunError as error:
        return Failure(project, "project", error.where, error.what)
    return None
