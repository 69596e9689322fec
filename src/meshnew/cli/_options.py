"""Options that every command has, and what is read from them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meshnew.cli import _completion

Folder = Annotated[
    Path,
    typer.Option(
        "-C",
        "--directory",
        metavar="DIR",
        exists=True,
        file_okay=False,
        help="Work as if started in DIR.",
    ),
]
As = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="WHO",
        autocompletion=_completion.people,
        help="Act as this login (also by MESHNEW_AS; git's user otherwise).",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask, do it.")]
Deploys = Annotated[
    bool,
    typer.Option("--deploy/--no-deploy", help="Deploy with dbt what has to be deployed."),
]
Everything = Annotated[bool, typer.Option("--all", help="All projects of the mesh.")]
Projects = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PROJECT]...", show_default=False, autocompletion=_completion.projects),
]

HERE = Path()
