"""meshnew check owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meshnew.cli import _completion
from meshnew.cli._commands import Group
from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import escape, show, watcher

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.check import OwnersFound

app = typer.Typer(
    no_args_is_help=True,
    cls=Group,
    rich_markup_mode=None,
    help="Prove of a project what the mesh promises.",
)


@app.callback()
def _check() -> None:
    """Prove of a project what the mesh promises."""


@app.command("owners")
def owners(
    project: Annotated[
        str | None,
        typer.Argument(
            metavar="[PROJECT]",
            show_default=False,
            help="Its main on the forge; the checkout of this folder where none is named.",
            autocompletion=_completion.projects,
        ),
    ] = None,
    here: Annotated[
        bool, typer.Option("--here", help="Look at the checkout of this folder, wherever it lies.")
    ] = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Prove that every file has an owner in CODEOWNERS, and that every owner exists on the forge.

    A domain's folders must belong to its team and the platform's files to the platform team.
    `meshnew run PROJECT ci` does the same for a change.

    Example: `meshnew check owners flights`
    """
    from meshnew.operations.check import check_owners
    from meshnew.operations.session import open_session

    session = open_session(folder, actor, "check owners", watcher(), forge_only=True)
    found = check_owners(session, project, folder, here=here)
    data = {
        "where": found.where,
        "ok": found.ok,
        "findings": [item.to_json() for item in found.findings],
    }
    show(as_json, data, lambda console: _shown(console, found))
    if not found.ok:
        raise typer.Exit(1)


def _shown(console: Console, found: OwnersFound) -> None:
    if found.ok:
        console.print(f"[green]✓[/] {found.where}: every file has its owner")
    for item in found.findings:
        console.print(f"[red]✗[/] {escape(item.place)} {escape(item.what)}. {escape(item.mend)}")
