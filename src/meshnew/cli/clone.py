"""meshnew clone."""

from __future__ import annotations

from typing import Annotated

import typer

from meshnew.cli import _completion
from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import show, watcher


def clone(
    project: Annotated[
        str,
        typer.Argument(
            metavar="PROJECT",
            help="Project to check out.",
            autocompletion=_completion.projects,
        ),
    ],
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Check a project out into `checkouts/PROJECT`; plain git works in it.

    Example: `meshnew clone flights`
    """
    from meshnew.operations.repositories.checkout import clone as check_out
    from meshnew.operations.session import open_session

    session = open_session(folder, actor, "clone", watcher())
    found = check_out(session, project).relative_to(session.mesh.root)
    show(as_json, {"folder": str(found)}, lambda console: console.print(str(found)))
