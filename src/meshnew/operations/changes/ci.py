"""The `ci` job: a change merged with main, built in a schema of its own, linted, reported."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from meshnew.dbt.graph import Graph
from meshnew.dbt.job import Job, ci_steps, execute
from meshnew.dbt.results import JobResult
from meshnew.errors import ConflictError, MeshnewError
from meshnew.forge import git, working
from meshnew.mesh.access import Role
from meshnew.mesh.names import CI
from meshnew.mesh.write import write_text
from meshnew.operations import records
from meshnew.operations.changes import governance, package_ci
from meshnew.operations.changes.contracts import contract_changes
from meshnew.operations.changes.report import CiReport, Failure, failure
from meshnew.operations.journal import new_id
from meshnew.operations.repositories import rendering
from meshnew.operations.runs import jobs, production, scratch
from meshnew.operations.session import Session, require_rendered

STATE = "target/state"
"""Folder in a checkout, ignored by git, for the manifest of production."""
_ROWS = 5
_PATIENCE = "30s"
"""How long the database may look for a failed test's rows."""
# What decides how every file is linted or built, so that all of them are looked at.
_SETTINGS = (".sqlfluff", ".sqlfluffignore", ".yamllint", "requirements.txt", "dbt_project.yml")


def ci(
    session: Session, project: str, number: int | None = None, args: Sequence[str] = ()
) -> CiReport:
    """Check a change, or main itself.

    What is built is the change's head merged with main: what merging it would give. Only
    what differs from production is built, in a schema that is dropped in the end.

    Args:
        session: the session.
        project: its name.
        number: of the change; None for main.
        args: further arguments for `dbt build`.

    Raises:
        UsageError: the project has not been rendered.
        ForgeError: there is no such change.
    """
    require_rendered(session, project)
    jobs.expect(session, project)
    commit = _commit(session, project, number)
    report = CiReport(project, number, new_id(), commit)
    began = time.monotonic()
    _tell_forge(session, report, "running", "")
    with jobs.lock(session, project, CI):
        began = time.monotonic()
        with (
            jobs.failing(lambda why: _tell_forge(session, report, "failed", why)),
            session.journal.step(f"Check {report.title}", project=project, run=report.run) as at,
        ):
            _check_recorded(session, report, args, at)
            at.failed = not report.ok
    report.seconds = round(time.monotonic() - began, 1)
    _keep(session, report)
    _tell_forge(session, report, "passed" if report.ok else "failed", report.summary)
    return report


def _commit(session: Session, project: str, number: int | None) -> str:
    if number is None:
        return session.forge.head(project) or ""
    return session.forge.change(project, number).head


def _check_recorded(
    session: Session, report: CiReport, args: Sequence[str], at: Callable[[str], None]
) -> None:
    """Check, with a record of the run; whatever stops the check is its result."""
    about = {"change": report.number} if report.number else {}
    records.run_started(session, report.run, report.project, CI, report.commit, **about)

    def finished(state: str, why: str = "") -> None:
        failures = [f"{item.resource} {item.name}: {item.message}" for item in report.failures]
        failures += [f"{item.file}:{item.line} {item.rule}" for item in report.lint]
        failures += [item.sentence for item in report.broken]
        summary = {
            "summary": report.summary,
            "failures": failures,
            "waiting": report.waiting,
            "takes": [item.sentence for item in report.contracts if item.takes],
        }
        error = why or report.error
        records.run_finished(
            session, report.run, state, summary | ({"error": error} if error else {})
        )

    with jobs.failing(lambda why: finished("failed", why)):
        try:
            _check(session, report, args, at)
        except MeshnewError as error:
            report.error, report.fix = _said(error), error.fix
    finished("passed" if report.ok else "failed")


def _said(error: MeshnewError) -> str:
    return f"{error.where}: {error.what}" if error.where else error.what


def _check(
    session: Session, report: CiReport, args: Sequence[str], at: Callable[[str], None]
) -> None:
    at("fetching")
    folder, changed = _merged(session, report)
    first = rendering.waiting(session, report.project)
    report.findings += governance.owners(folder, session.forge, first=first)
    if not session.mesh.project(report.project).domains:
        package_ci.check(session, report, folder, at)
        return
    at("preparing dbt")
    report.compared = production.fetch(session, report.project, folder / STATE)
    with scratch.schema(session, report.project, report.number or 0) as schema:
        job = jobs.prepare(
            session,
            report.project,
            folder,
            report.run,
            identity=Role.CI,
            target="ci",
            args=args,
            steps=ci_steps(state=STATE if report.compared else ""),
            environ={package_ci.SCHEMA_VARIABLE: schema},
        )
        with looking(report, job, changed) as look:

            def begin(graph: Graph) -> tuple[str, ...]:
                look(graph)
                report.contracts = contract_changes(session, graph)
                return ()

            show = partial(jobs.show, session, report.project, at=at)
            result = execute(job, show, on_parsed=begin)
        report.add(result, _failures(session, report, result))


@contextmanager
def looking(
    report: CiReport, job: Job, changed: list[str] | None
) -> Iterator[Callable[[Graph], None]]:
    """Lint a change while the block builds it, and govern it; broken contracts are no end of it.

    Args:
        report: takes in what is found.
        job: of the change.
        changed: files to lint; None for all.

    Yields:
        What the block calls between parse and build, with the change as it was parsed.

    Raises:
        RunError: a linter could not do its work.
    """
    with ThreadPoolExecutor(1) as beside:
        linted: list[Future[None]] = []

        def look(graph: Graph) -> None:
            linted.append(beside.submit(report.lint_with, job, changed))
            report.findings += governance.rules(job, graph)
            if report.compared:
                production.let_contracts_change(job.folder / STATE, graph)

        yield look
        for item in linted:
            item.result()


def to_lint(changed: list[str] | None) -> list[str] | None:
    """The files of a change that are linted; None for all, as where it changes the settings."""
    return None if changed is None or set(changed) & set(_SETTINGS) else changed


def _merged(session: Session, report: CiReport) -> tuple[Path, list[str] | None]:
    """A checkout of main with the change in it, and the files that the change touches.

    Raises:
        ConflictError: they do not merge; with the way to resolve it.
    """
    project, forge = report.project, session.forge
    folder = jobs.workplace(session, project, CI)
    main = git.sync(forge.url(project), folder, environ=forge.environment())
    if report.number is None:
        return folder, None
    try:
        merged = working.merge(folder, report.commit, author=session.actor)
    except ConflictError as error:
        raise _conflict(session, report, error.where) from None
    return folder, to_lint(working.changed(folder, main, merged))


def _conflict(session: Session, report: CiReport, files: str) -> ConflictError:
    branch = session.forge.change(report.project, report.number or 0).branch
    steps = [
        f"In a checkout of {report.project}:",
        "git fetch origin",
        f"git switch {branch}",
        "git merge origin/main",
        f"(edit {files})",
        "git commit --all",
        f"git push origin {branch}",
        f"meshnew run {report.project} ci --change {report.number}",
    ]
    return ConflictError(f"{report.title} and main both changed {files}", fix="\n  ".join(steps))


def _failures(session: Session, report: CiReport, result: JobResult) -> list[Failure]:
    """What failed, with some of the rows: they are gone with the schema."""
    return [
        failure(item, _rows(session, report.project, item.query), report.run)
        for item in result.failures
    ]


def _rows(session: Session, project: str, query: Path | None) -> list[dict[str, Any]]:
    """Some rows that a failed test found; none where the database does not give them."""
    import psycopg
    from psycopg.rows import dict_row
    from psycopg.sql import SQL

    if query is None:
        return []
    found = SQL(query.read_text("utf-8"))  # dbt's own query
    asked = SQL("select * from (\n{}\n) as found limit {}").format(found, _ROWS)
    with session.embedded.warehouse(Role.CI.of(project)) as connection:
        try:
            with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
                cursor.execute("set transaction read only")
                cursor.execute(f"set local statement_timeout = '{_PATIENCE}'".encode())
                rows = cursor.execute(asked).fetchall()
        except psycopg.Error:
            return []
    shown: list[dict[str, Any]] = json.loads(json.dumps(rows, default=str))
    return shown


def _keep(session: Session, report: CiReport) -> None:
    path = jobs.artifacts(session, report.run) / "report.json"
    write_text(path, json.dumps(report.to_json(), indent=2, ensure_ascii=False) + "\n")


def _tell_forge(session: Session, report: CiReport, state: str, summary: str) -> None:
    session.forge.report_check(
        report.project, report.commit, CI, state=state, summary=summary, run=report.run
    )
