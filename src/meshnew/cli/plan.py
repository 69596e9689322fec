"""meshnew plan."""

from __future__ import annotations

from typing import Annotated

import typer

from meshnew.cli._options import HERE, As, Everything, Folder, Json, Projects
from meshnew.cli._output import show, watcher
from meshnew.cli._tables import print_plan


def plan(
    projects: Projects = None,
    everything: Everything = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show Terraform's own text as well.")
    ] = False,
    changed_only: Annotated[
        bool,
        typer.Option(
            "--changed-only",
            help="Pass over what has the same inputs as at its last apply: quick, but drift is "
            "not looked for.",
        ),
    ] = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Show what `apply` would change, and change nothing.

    Without a project: all of them. Exit code 3 where anything would change. On hosted
    platforms it asks Terraform alone: what a repository's content lacks is not shown.

    Example: `meshnew plan flights --verbose`
    """
    from meshnew.operations.plan import make_plan
    from meshnew.operations.session import open_session

    session = open_session(folder, actor, "plan", watcher(), hosted=True)
    names = projects or []
    found = make_plan(
        session,
        names,
        everything=everything or not names,
        text=verbose,
        changed_only=changed_only,
    )
    show(as_json, found.to_json(), lambda console: print_plan(console, found, verbose=verbose))
    raise typer.Exit(0 if found.empty else 3)
