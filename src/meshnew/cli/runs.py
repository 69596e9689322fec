"""meshnew runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import escape, show, watcher

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.records import RunRecord
    from meshnew.operations.runs.due import Scheduled


def runs(
    run: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="One run, by its id.", show_default=False)
    ] = None,
    project: Annotated[
        str | None, typer.Option("--project", "-p", help="Runs of this project only.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many, at most.")] = 20,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """List the latest runs of jobs, or show one with what failed and where its log lies.

    Example: `meshnew runs --project flights`
    """
    from meshnew.operations.runs import due, past
    from meshnew.operations.session import open_session

    session = open_session(folder, actor, "runs", watcher())
    if run is not None:
        found = past.run(session, run)
        data = _data(found) | {"commit": found.commit, "files": past.files(session, found)}
        show(as_json, data, lambda console: _one(console, found, data["files"]))
        return
    listed = past.runs(session, project, limit)
    coming = [job for job in due.upcoming(session) if project in (None, job.project)]
    show(
        as_json,
        [_data(item) for item in listed],
        lambda console: _list(console, listed, coming),
    )


def _data(run: RunRecord) -> dict[str, Any]:
    return {
        "id": run.id,
        "project": run.project,
        "job": run.job,
        "change": run.summary.get("change"),
        "state": run.state,
        "actor": run.actor,
        "started_at": run.started_at.isoformat(timespec="seconds"),
        "seconds": run.seconds,
        "error": run.summary.get("error"),
        "failures": run.summary.get("failures") or [],
        "waiting": run.summary.get("waiting") or {},
    }


def _list(console: Console, found: list[RunRecord], coming: list[Scheduled]) -> None:
    from rich.table import Table

    from meshnew.cli._due import print_next

    table = Table(box=None, pad_edge=False, show_header=bool(found))
    for column in ("", "run", "project", "job", "began", "took", "by"):
        table.add_column(column, style="dim" if column == "run" else None, no_wrap=True)
    for run in found:
        table.add_row(
            _mark(run.state),
            run.id,
            run.project,
            _job(run),
            f"{run.started_at.astimezone():%Y-%m-%d %H:%M}",
            "running" if run.seconds is None else f"{run.seconds:.1f} s",
            escape(run.actor),
        )
    console.print(table)
    if not found:
        console.print("No job ran yet.")
    print_next(console, coming)


def _one(console: Console, run: RunRecord, files: list[str]) -> None:
    took = "still running" if run.seconds is None else f"{run.seconds:.1f} s"
    console.print(f"{_mark(run.state)} {run.project} {_job(run)} {run.state} [dim]{took}[/]")
    console.print(f"    by {escape(run.actor)}, {run.started_at.astimezone():%Y-%m-%d %H:%M}")
    console.print(f"    commit {run.commit}")
    for text in [run.summary.get("error"), *(run.summary.get("failures") or [])]:
        for line in (text or "").splitlines():
            console.print(f"    [red]{escape(line)}[/]")
    for model, needs in (run.summary.get("waiting") or {}).items():
        console.print(f"    [yellow]waits[/] {model} for {', '.join(needs)}")
    for file in files:
        console.print(f"    {file}", markup=False)


def _job(run: RunRecord) -> str:
    change = run.summary.get("change")
    return f"{run.job} of change {change}" if change else run.job


def _mark(state: str) -> str:
    return {"passed": "[green]✓[/]", "failed": "[red]✗[/]"}.get(state, "[yellow]…[/]")
