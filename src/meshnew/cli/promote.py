"""meshnew promote macro."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meshnew.cli import _completion
from meshnew.cli._commands import Group
from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import show, watcher

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.changes.promote import Promotion

app = typer.Typer(
    no_args_is_help=True,
    cls=Group,
    rich_markup_mode=None,
    help="Move what a project wrote into the internal package, for all projects.",
)


@app.callback()
def _promote() -> None:
    """Keep `macro` a word of the command, though it is the only one."""


@app.command()
def macro(
    name: Annotated[str, typer.Argument(show_default=False, help="Its name.")],
    project: Annotated[
        str | None,
        typer.Option(
            "--project",
            "-p",
            help="Whose it is; inside a checkout it need not be named.",
            autocompletion=_completion.projects,
        ),
    ] = None,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Propose to move a macro of a domain into the internal package, with its docs and tests.

    Two changes are opened: one in the package with the macro, one in the project that calls it
    there. The second waits for a version of the package that has it. Refused where the macro needs
    what stays in the project, is not described, or its name is taken.

    Example: `meshnew promote macro fiscal_year`
    """
    from meshnew.operations.changes.change import require_project
    from meshnew.operations.changes.promote import promote
    from meshnew.operations.session import open_session

    session = open_session(folder, actor, "promote macro", watcher())
    done = promote(session, require_project(session, project, folder), name)
    show(as_json, done.to_json(), lambda console: _print(console, done))


def _print(console: Console, done: Promotion) -> None:
    moved, called = done.moved, done.called
    along = f" with {', '.join(done.tests)}" if done.tests else ""
    console.print(f"Change {moved.number} of {moved.repository}: {moved.title}{along}")
    console.print(f"Change {called.number} of {called.repository}: {called.title}")
    if not done.tests:
        console.print("    no test went along: one that calls the macro and reads nothing would")
    console.print("Next:", style="bold")
    for line in (
        f"merge the first: meshnew change merge {moved.repository} {moved.number}",
        f"let the mesh import it: version {done.next_version} in projects/{moved.repository}.yml, "
        "then meshnew apply --all",
        f"merge what that opens in {moved.repository} and the projects",
        f"check the second anew: meshnew change checks {called.repository} {called.number} --run",
        f"merge it: meshnew change merge {called.repository} {called.number}",
    ):
        console.print(f"    {line}", markup=False, soft_wrap=True)
