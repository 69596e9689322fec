"""meshnew change open | list | merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from meshnew.cli import _completion
from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import show, watcher
from meshnew.cli._tables import print_applied, print_deployed

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.forge import Change
    from meshnew.operations.change import Merged

app = typer.Typer(no_args_is_help=True, help="Propose a branch of a project and merge it.")

Project = Annotated[
    str | None,
    typer.Argument(
        metavar="[PROJECT]",
        help="Project; inside its checkout it need not be named.",
        autocompletion=_completion.repositories,
    ),
]


@app.command("open")
def open_(
    project: Project = None,
    branch: Annotated[str, typer.Option("--branch", "-b", help="A pushed branch.")] = "",
    title: Annotated[str | None, typer.Option("--title", "-t")] = None,
    body: Annotated[str, typer.Option("--body", help="What a reviewer should know.")] = "",
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Propose a pushed branch for main.

    Example: `meshnew change open flights --branch add-delays --title "Add delays"`
    """
    from meshnew.forge import git
    from meshnew.operations.change import open_change, require_project
    from meshnew.operations.session import open_session

    session = open_session(folder, actor, "change open", watcher())
    named = require_project(session, project, folder)
    opened = open_change(
        session, named, branch or git.current_branch(folder), title=title, body=body
    )
    show(as_json, _data(opened), lambda console: _opened(console, opened))


@app.command("list")
def list_(
    project: Project = None,
    state: Annotated[str, typer.Option(help="open, merged, closed or all.")] = "open",
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """List changes, of all projects unless one is named.

    Example: `meshnew change list flights --state merged`
    """
    from meshnew.operations.change import list_changes
    from meshnew.operations.session import open_session

    session = open_session(folder, actor, "change list", watcher())
    found = list_changes(session, project, state)
    show(as_json, [_data(item) for item in found], lambda console: _listed(console, found))


@app.command()
def merge(
    project: Annotated[
        str,
        typer.Argument(metavar="PROJECT", help="Project.", autocompletion=_completion.repositories),
    ],
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the change.")],
    deploy: Annotated[bool, typer.Option(help="Deploy the project afterwards.")] = True,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Merge a change as one of the project's owners, and deploy.

    Example: `meshnew change merge flights 3 --as ada`
    """
    from meshnew.operations.change import merge as carry_out
    from meshnew.operations.session import open_session

    session = open_session(folder, actor, "change merge", watcher())
    done = carry_out(session, project, number, run=deploy)
    data = {
        **_data(done.change),
        "runs": [{"project": r.project, "run": r.run, "ok": r.ok} for r in done.deployed],
        **({"applied": done.applied.to_json()} if done.applied else {}),
    }
    show(as_json, data, lambda console: _merged(console, done))
    if not all(run.ok for run in done.deployed):
        raise typer.Exit(1)


def _data(change: Change) -> dict[str, Any]:
    return {
        "repository": change.repository,
        "number": change.number,
        "title": change.title,
        "branch": change.branch,
        "author": change.author,
        "state": change.state,
        "files": list(change.files),
    }


def _opened(console: Console, change: Change) -> None:
    console.print(f"Change {change.number} of {change.repository}: {escape(change.title)}")
    for file in change.files:
        console.print(f"    {file}", markup=False)
    console.print(f"An owner merges it: meshnew change merge {change.repository} {change.number}")


def _listed(console: Console, found: list[Change]) -> None:
    for change in found:
        console.print(
            f"{change.repository} {change.number}  {escape(change.title)} "
            f"[dim]{change.branch}, by {change.author}, {change.state}[/]"
        )
    if not found:
        console.print("No changes.")


def _merged(console: Console, done: Merged) -> None:
    console.print(f"Merged change {done.change.number} of {done.change.repository}.")
    if done.applied is not None:
        print_applied(console, done.applied)
    else:
        print_deployed(console, done.deployed)
