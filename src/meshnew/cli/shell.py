"""meshnew shell."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from meshnew.cli import _completion
from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import show, tell, watcher


def shell(
    project: Annotated[
        str,
        typer.Argument(
            metavar="PROJECT",
            help="Project to work on.",
            autocompletion=_completion.projects,
        ),
    ],
    command: Annotated[
        list[str] | None, typer.Argument(metavar="[-- COMMAND]", show_default=False)
    ] = None,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """A shell in the project's checkout with its dbt, connected as you; or one command.

    Example: `meshnew shell flights -- dbt build`
    """
    from meshnew.operations.repositories.checkout import development, run_child
    from meshnew.operations.session import open_session

    session = open_session(folder, actor, "shell", watcher())
    where, environ = development(session, project)
    if as_json:
        ours = {key: value for key, value in environ.items() if os.environ.get(key) != value}
        show(True, {"folder": str(where), "environment": ours}, lambda _: None)
        return
    if not command:
        tell(f"{project} as {session.actor}; leave with `exit`")
    raise typer.Exit(run_child(command or [os.environ.get("SHELL", "sh")], environ, where))
