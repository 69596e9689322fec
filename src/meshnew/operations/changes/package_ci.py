"""The check of a package: its own project builds, and every project that imports it parses."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import yaml

from meshnew.dbt.job import execute
from meshnew.errors import RunError
from meshnew.forge import git
from meshnew.mesh.access import Role
from meshnew.mesh.models import ProjectSpec
from meshnew.mesh.names import CI
from meshnew.operations.changes.report import CiReport, Failure, failure
from meshnew.operations.runs import jobs, scratch
from meshnew.operations.session import Session

INTEGRATION = "integration_tests"
"""Folder of a package with the dbt project that tests it."""
SCHEMA_VARIABLE = "MESHNEW_CI_SCHEMA"
_PACKAGES = "packages.yml"


def check(session: Session, report: CiReport, package: Path, at: Callable[[str], None]) -> None:
    """Build a package's own project, where it has one, and parse all that imports the package."""
    if (package / INTEGRATION / "dbt_project.yml").is_file():
        _build_integration(session, report, package / INTEGRATION, at)
    parse_importers(session, report, package, at)


def _build_integration(
    session: Session, report: CiReport, folder: Path, at: Callable[[str], None]
) -> None:
    """Build the project that tests a package, as the CI identity of one that imports it.

    A package has no identities of its own, since it has nothing in the warehouse.
    """
    importer = next((name for name, _ in _with_domains(session)), None)
    if importer is None:
        report.notes.append(f"{INTEGRATION} was not built: no project is there to lend a login.")
        return
    name = yaml.safe_load((folder / "dbt_project.yml").read_text("utf-8"))["name"]
    run = f"{report.run}/{INTEGRATION}"
    at(f"building {INTEGRATION}")
    with jobs.lock(session, importer, CI), scratch.schema(session, importer, 0) as schema:
        job = jobs.prepare(
            session,
            importer,
            folder,
            run,
            identity=Role.CI,
            target="ci",
            environ={SCHEMA_VARIABLE: schema},
        )
        result = execute(
            replace(job, project=name, package=report.project),
            lambda event: jobs.show(session, report.project, event, at),
        )
    report.add(result, [failure(item, [], run) for item in result.failures])


def _with_domains(session: Session) -> Iterator[tuple[str, ProjectSpec]]:
    for project, spec in session.mesh.projects.items():
        if spec.domains and session.forge.has_content(project):
            yield project, spec


def parse_importers(
    session: Session, report: CiReport, package: Path, at: Callable[[str], None]
) -> None:
    """Parse main of every project that imports a package, with the checked-out one instead.

    One that does not parse is a failure of the report, the others are parsed all the same.
    """
    work = jobs.workplace(session, report.project, CI)
    for project, _ in _with_domains(session):
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
    shutil.copytree(package, local, ignore=shutil.ignore_patterns(".git", "target", INTEGRATION))
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
