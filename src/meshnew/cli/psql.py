"""meshnew psql."""

from __future__ import annotations

from typing import Annotated

import typer

from meshnew.cli import _completion
from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import show, watcher


def psql(
    role: Annotated[
        str | None,
        typer.Option(
            "--role",
            help="Act as this role, such as flights_developer.",
            autocompletion=_completion.roles,
        ),
    ] = None,
    command: Annotated[
        str | None, typer.Option("--command", "-c", metavar="SQL", help="Run this and exit.")
    ] = None,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Open psql on the embedded warehouse.

    As your own login. Who names nobody and has none there is the superuser.

    Example: `meshnew psql --as ada -c "select current_user"`
    """
    from meshnew.operations.repositories.checkout import psql as open_psql
    from meshnew.operations.repositories.checkout import query
    from meshnew.operations.session import open_session

    session = open_session(folder, actor, "psql", watcher())
    if as_json:
        show(True, query(session, role, command), lambda _: None)
        return
    raise typer.Exit(open_psql(session, role, command))
