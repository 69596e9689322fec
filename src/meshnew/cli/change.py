"""meshnew change open | list | show | checks | comment | approve | merge | close."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meshnew.cli import _change as views
from meshnew.cli import _completion
from meshnew.cli._commands import Group
from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import page, show, watcher

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from meshnew.operations.session import Session

app = typer.Typer(
    no_args_is_help=True,
    cls=Group,
    rich_markup_mode=None,
    help="Propose a branch of a project, review, approve and merge it.",
)

Project = Annotated[
    str | None,
    typer.Argument(
        metavar="[PROJECT]",
        help="Project, or `mesh`; inside its checkout it need not be named.",
        autocompletion=_completion.repositories,
    ),
]
Which = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PROJECT] [NUMBER]",
        help="The change; in a checkout, that of its branch need not be named.",
        show_default=False,
        autocompletion=_completion.repositories,
    ),
]


def _begin(
    words: list[str] | None, folder: Path, actor: str | None, name: str
) -> tuple[Session, str, int]:
    """The session of a command about one change, and which change that is."""
    from meshnew.operations.changes.change import find_change
    from meshnew.operations.session import open_session

    session = open_session(folder, actor, f"change {name}", watcher(), forge_only=True)
    return session, *find_change(session, words or [], folder)


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
    from meshnew.operations.changes.change import open_change, require_project, review
    from meshnew.operations.session import open_session

    session = open_session(folder, actor, "change open", watcher(), forge_only=True)
    named = require_project(session, project, folder)
    opened = open_change(
        session, named, branch or git.current_branch(folder), title=title, body=body
    )
    found = review(session, named, opened.number, diff=False)
    show(as_json, views.review_data(found), lambda console: views.print_opened(console, found))


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
    from meshnew.operations.changes.change import list_changes
    from meshnew.operations.session import open_session

    session = open_session(folder, actor, "change list", watcher(), forge_only=True)
    found = list_changes(session, project, state)
    data = [views.data(item) for item in found]
    show(as_json, data, lambda console: views.print_list(console, found))


@app.command("show")
def show_(
    words: Which = None, folder: Folder = HERE, actor: As = None, as_json: Json = False
) -> None:
    """Show a change: who must approve it, what checks found, and the difference it makes.

    Example: `meshnew change show flights 3`
    """
    from meshnew.operations.changes.change import review

    session, project, number = _begin(words, folder, actor, "show")
    found = review(session, project, number)
    page(as_json, views.review_data(found), lambda console: views.print_review(console, found))


@app.command()
def checks(
    words: Which = None,
    run: Annotated[bool, typer.Option("--run", help="Run those it needs, again too.")] = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Show what checks found on the last commit of a change, or run them.

    Example: `meshnew change checks flights 3 --run`
    """
    from meshnew.operations.changes.change import check, review

    session, project, number = _begin(words, folder, actor, "checks")
    if run:
        check(session, project, number)
    found = review(session, project, number, diff=False)
    data = [views.check_data(item) for item in found.checks]

    def render(console: Console) -> None:
        views.print_checks(console, found.checks)
        views.print_next(console, found)

    show(as_json, data, render)
    if any(item.state == "failed" for item in found.checks):
        raise typer.Exit(1)


@app.command()
def comment(
    words: Which = None,
    body: Annotated[str, typer.Option("--body", help="What to say of it, as Markdown.")] = "",
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Say something of a change, where everybody who looks at it reads it.

    Example: `meshnew change comment flights 3 --body "Delays are in minutes, aren't they?"`
    """
    from meshnew.operations.changes.change import comment as carry_out
    from meshnew.operations.changes.change import review

    session, project, number = _begin(words, folder, actor, "comment")
    carry_out(session, project, number, body)
    found = review(session, project, number, diff=False)
    show(
        as_json,
        views.review_data(found),
        lambda console: views.print_comments(console, found.comments),
    )


@app.command()
def approve(
    words: Which = None, folder: Folder = HERE, actor: As = None, as_json: Json = False
) -> None:
    """Approve what a change proposes now, as an owner of its files who did not write it.

    Example: `meshnew change approve flights 3 --as ada`
    """
    from meshnew.operations.changes.change import approve as carry_out

    session, project, number = _begin(words, folder, actor, "approve")
    found = carry_out(session, project, number)
    change = found.change

    def render(console: Console) -> None:
        console.print(f"{session.actor} approved change {number} of {project}: {change.head[:7]}")
        views.print_next(console, found)

    show(as_json, views.review_data(found), render)


@app.command()
def merge(
    words: Which = None,
    deploy: Annotated[bool, typer.Option(help="Deploy the project afterwards.")] = True,
    break_consumers: Annotated[
        bool, typer.Option("--break-consumers", help="Take products away that others read.")
    ] = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Merge a change that was checked and approved, and deploy.

    A check that has not run yet on its last commit is run before.

    Example: `meshnew change merge flights 3 --as ada`
    """
    from meshnew.operations.changes.change import merge as carry_out

    session, project, number = _begin(words, folder, actor, "merge")
    done = carry_out(session, project, number, run=deploy, break_consumers=break_consumers)
    data = {
        **views.data(done.change),
        "runs": [{"project": r.project, "run": r.run, "ok": r.ok} for r in done.deployed],
        **({"applied": done.applied.to_json()} if done.applied else {}),
    }
    show(as_json, data, lambda console: views.print_merged(console, done))
    if not all(run.ok for run in done.deployed):
        raise typer.Exit(1)


@app.command()
def close(
    words: Which = None, folder: Folder = HERE, actor: As = None, as_json: Json = False
) -> None:
    """Close a change unmerged, as its author or an owner; its branch is deleted.

    Example: `meshnew change close flights 3`
    """
    from meshnew.operations.changes.change import close as carry_out

    session, project, number = _begin(words, folder, actor, "close")
    closed = carry_out(session, project, number)
    show(
        as_json,
        views.data(closed),
        lambda console: console.print(f"Closed change {number} of {project}."),
    )
