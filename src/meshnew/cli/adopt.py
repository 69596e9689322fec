"""meshnew adopt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meshnew.cli._options import HERE, As, Everything, Folder, Json, Projects, Yes
from meshnew.cli._output import confirm, decline, notice, show, watcher
from meshnew.cli._tables import print_sentences
from meshnew.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.stacks.adopt import Adoption


def adopt(
    projects: Projects = None,
    everything: Everything = False,
    ids: Annotated[
        list[str] | None,
        typer.Option(
            "--id",
            metavar="ADDRESS=ID",
            help="Id of what only a hosted platform can name, as a project of dbt Cloud.",
        ),
    ] = None,
    yes: Yes = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Take what is there already into Terraform's state: schemas, roles, teams, repositories.

    For things that were made by hand before the spec asked for them, and where the state was
    lost. What differs from the spec is shown, asked about, and then made to fit.

    Example: `meshnew adopt flights`
    """
    from meshnew.operations.session import open_session
    from meshnew.operations.stacks.adopt import adopt as carry_out

    if not projects and not everything:
        raise UsageError("no project named", fix="Name projects, or all of them with --all")
    given = _pairs(ids or [])
    session = open_session(folder, actor, "adopt", watcher(), hosted=True)
    if given and not session.mesh.spec.hosted:
        raise UsageError("the embedded platform knows its ids", where="--id", fix="Leave it out.")

    def ask(found: Adoption) -> bool:
        if not as_json:
            notice(lambda console: print_sentences(console, found.sentences))
        return yes or confirm("Do this?")

    done = carry_out(session, projects or [], everything=everything, given=given, confirm=ask)
    if done is None:
        decline(as_json)
    show(as_json, done.to_json(), lambda console: _render(console, done))


def _pairs(ids: list[str]) -> dict[str, str]:
    """Address -> id; what stands before the last `=` is the address."""
    found = {}
    for text in ids:
        address, _, known_as = text.rpartition("=")
        if not (address and known_as):
            raise UsageError(f"`{text}` is no ADDRESS=ID", where="--id", fix="Write both.")
        found[address] = known_as
    return found


def _render(console: Console, done: Adoption) -> None:
    if done.empty:
        console.print("Nothing to adopt: Terraform's state knows all that is there.")
        return
    for thing in done.things:
        console.print(f"[green]✓[/] {thing}")
    if done.rights:
        console.print(f"[green]✓[/] {done.rights} memberships and rights")
    console.print(f"Adopted. The rest is done by: meshnew apply {' '.join(done.projects)}")
