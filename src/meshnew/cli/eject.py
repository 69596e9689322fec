"""meshnew eject."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meshnew.cli import _completion
from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import show

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.eject import Ejected


def eject(
    project: Annotated[
        str,
        typer.Argument(
            metavar="PROJECT",
            help="Project whose stacks are written.",
            autocompletion=_completion.projects,
        ),
    ],
    target: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder to write them to: a new or empty one.")
    ],
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Write a project's stacks as plain Terraform that runs without meshnew.

    On hosted platforms. Nothing is changed there, and the state stays where it lies, so a plan
    of what was written shows no change.

    Example: `meshnew eject flights ../flights-terraform`
    """
    from meshnew.operations.eject import eject as carry_out

    found = carry_out(folder, project, target)
    show(as_json, found.to_json(), lambda console: _render(console, found))


def _render(console: Console, found: Ejected) -> None:
    count = len(found.stacks)
    console.print(f"Wrote {count} stacks to {found.folder}:", markup=False)
    for stack in found.stacks:
        console.print(f"  stacks/{stack.layer}/{stack.name}", markup=False)
    console.print(f"How to run them: {found.folder}/README.md", markup=False)
