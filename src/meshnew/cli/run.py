"""meshnew run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meshnew.cli import _completion
from meshnew.cli._ci import print_reports
from meshnew.cli._options import HERE, As, Everything, Folder, Json
from meshnew.cli._output import show, watcher
from meshnew.cli._tables import print_deployed
from meshnew.errors import UsageError
from meshnew.mesh.names import JOBS

if TYPE_CHECKING:
    from meshnew.operations.runs.run import Deployed
    from meshnew.operations.session import Session


Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PROJECT]... JOB",
        help="Projects, then the job.",
        show_default=False,
        autocompletion=_completion.words_of_run,
    ),
]
Change = Annotated[
    int | None, typer.Option("--change", metavar="N", min=1, help="ci: check this change.")
]
BreakConsumers = Annotated[
    bool, typer.Option("--break-consumers", help="deploy: take products away that others read.")
]
Due = Annotated[bool, typer.Option("--due", help="Run what its schedule makes due.")]


def run(
    words: Words = None,
    everything: Everything = False,
    change: Change = None,
    break_consumers: BreakConsumers = False,
    due: Due = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Run a job: `deploy`, `daily` or `ci`; or with `--due` the jobs that are due.

    `deploy` builds in production and publishes the interface; `daily` asks how old the
    sources are and then does the same; `ci` builds what a change alters in a schema of its
    own, lints it and reports. Without `--change`, `ci` checks the open change of the branch
    whose checkout it is given in, or main where there is none.

    What follows `--` goes to dbt.

    Example: `meshnew run flights deploy -- --full-refresh`
    """
    from meshnew.operations.session import open_session

    if due:
        _refuse_with_due(words, everything, change)
        _due(open_session(folder, actor, "run due", watcher()), as_json)
        return
    named, job, arguments = _split(words or [])
    _refuse_another_jobs(job, change, break_consumers)
    session = open_session(folder, actor, "run", watcher())
    if job == "ci":
        projects = _projects(session, named, everything, folder)
        _check(session, projects, change, folder, arguments, as_json)
        return
    if bool(named) == everything:
        raise UsageError(
            "name either projects or --all", fix=f"For example: meshnew run --all {job}"
        )
    projects = session.mesh.select(named, everything=everything)
    _deploy(session, projects, job, arguments, break_consumers, as_json)


def _refuse_another_jobs(job: str, change: int | None, break_consumers: bool) -> None:
    if change is not None and job != "ci":
        raise UsageError("--change belongs to ci", fix=f"meshnew run PROJECT ci --change {change}")
    if break_consumers and job != "deploy":
        raise UsageError(
            "--break-consumers belongs to deploy",
            fix="meshnew run PROJECT deploy --break-consumers",
        )


def _deploy(
    session: Session,
    projects: list[str],
    job: str,
    arguments: list[str],
    break_consumers: bool,
    as_json: bool,
) -> None:
    from meshnew.operations.runs.run import deploy

    done = deploy(session, projects, arguments, job=job, break_consumers=break_consumers)
    show(as_json, [_data(item) for item in done], lambda console: print_deployed(console, done))
    if not all(item.ok for item in done):
        raise typer.Exit(1)


def _projects(session: Session, named: list[str], everything: bool, folder: Path) -> list[str]:
    from meshnew.operations.changes.change import require_project

    if named and everything:
        raise UsageError("name either projects or --all", fix="For example: meshnew run --all ci")
    if named or everything:
        return session.mesh.select(named, everything=everything)
    return [require_project(session, None, folder)]


def _check(
    session: Session,
    projects: list[str],
    change: int | None,
    folder: Path,
    arguments: list[str],
    as_json: bool,
) -> None:
    from meshnew.operations.changes.change import change_here
    from meshnew.operations.changes.ci import ci

    if change is not None and len(projects) != 1:
        raise UsageError("--change is a change of one project", fix="Name that project.")
    reports = [
        ci(session, name, change or change_here(session, name, folder), arguments)
        for name in projects
    ]
    data = [report.to_json() for report in reports]
    show(
        as_json,
        data[0] if len(data) == 1 else data,
        lambda console: print_reports(console, reports),
    )
    if not all(report.ok for report in reports):
        raise typer.Exit(1)


def _due(session: Session, as_json: bool) -> None:
    from meshnew.cli._due import print_due
    from meshnew.operations.runs.due import run_due

    done = run_due(session)
    data = {
        "ran": [_data(item) for item in done.ran],
        "next": [{"project": j.project, "job": j.name, "at": j.next} for j in done.next],
    }
    show(as_json, data, lambda console: print_due(console, done))
    if not all(item.ok for item in done.ran):
        raise typer.Exit(1)


def _refuse_with_due(words: list[str] | None, everything: bool, change: int | None) -> None:
    if words or everything or change is not None:
        raise UsageError(
            "--due decides itself which jobs of which projects run", fix="meshnew run --due"
        )


def _data(item: Deployed) -> dict[str, Any]:
    return {
        "project": item.project,
        "run": item.run,
        "ok": item.ok,
        "products": item.products,
        "waiting": item.waiting,
        "failures": item.failures,
        "dropped": list(item.dropped),
        "left": item.left,
        "seconds": item.seconds,
    }


def _split(words: list[str]) -> tuple[list[str], str, list[str]]:
    """Projects named, the job, and arguments for dbt; the job stands between them."""
    for at, word in enumerate(words):
        if word in JOBS:
            return words[:at], word, words[at + 1 :]
    what = f"no job named in `{' '.join(words)}`" if words else "no job named"
    raise UsageError(what, fix=f"Jobs: {', '.join(JOBS)}; or --due for those that are due")
