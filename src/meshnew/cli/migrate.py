"""meshnew migrate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import show, watcher
from meshnew.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.migrate import Copied
    from meshnew.operations.migrating.outline import Outline

_SAID = {
    "copied": "[green]✓[/] {table}: {after} rows",
    "there": "[green]✓[/] {table}: {after} rows, there already",
    "differs": "[red]✗[/] {table}: {before} rows here, {after} there, or others: left alone",
    "no schema": "[red]✗[/] {table}: its schema is not there yet",
}


def migrate(
    to: Annotated[
        Path,
        typer.Option(
            "--to", metavar="FILE", exists=True, dir_okay=False, help="The mesh.yml to be."
        ),
    ],
    copy: Annotated[
        bool,
        typer.Option("--copy", help="Copy products to the Postgres of FILE, and compare rows."),
    ] = False,
    raw: Annotated[bool, typer.Option("--raw", help="With --copy: raw data too.")] = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Move a mesh from this machine to platforms of your own.

    Shows what stays, what is created and what must be done by hand. With --copy it copies data
    products from this Postgres to the other; what is there is compared and left alone, so it can be
    repeated. Exit code 1 where rows are missing there or differ. Nothing is changed here.

    Example: `meshnew migrate --to mesh-postgres.yml`
    """
    from meshnew.operations import migrate as operation
    from meshnew.operations.session import open_session

    if raw and not copy:
        raise UsageError("--raw says what --copy copies", fix="Give both, or neither.")
    session = open_session(folder, actor, "migrate", watcher())
    if not copy:
        found = operation.describe(session, to)
        show(as_json, found.to_json(), lambda console: _outline(console, found))
        return
    done = operation.copy(session, to, raw=raw)
    show(as_json, done.to_json(), lambda console: _copied(console, done))
    raise typer.Exit(0 if done.complete else 1)


def _outline(console: Console, found: Outline) -> None:
    _list(console, "Stays", found.stays)
    _list(console, "Said otherwise", found.changes)
    _list(
        console,
        "Created by meshnew apply",
        [f"{len(names)} {kind}: {', '.join(names)}" for kind, names in found.created.items()],
    )
    _list(console, "By hand, in this order", found.by_hand)
    _list(console, "Missing in this environment", found.missing)


def _list(console: Console, title: str, lines: list[str]) -> None:
    if lines:
        console.print(f"[bold]{title}[/]")
    for line in lines:
        console.print(f"  - {line}", markup=False)


def _copied(console: Console, done: Copied) -> None:
    for item in done.moved:
        about = {"table": item.table, "before": item.before, "after": item.after}
        console.print(_SAID[item.state].format(**about))
    for view in done.views:
        console.print(f"  {view} is a view: the first deploy there builds it", markup=False)
    if not done.moved:
        console.print("Nothing to copy: no product has been built here.")
    elif done.complete:
        console.print(f"All rows of {len(done.moved)} tables are there.")
    elif any(item.state == "no schema" for item in done.moved):
        console.print("Apply the other mesh.yml first: it makes the schemas.")
    else:
        console.print("What differs was built there since, or changed here: deploy it there.")
