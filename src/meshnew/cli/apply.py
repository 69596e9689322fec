"""meshnew apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meshnew.cli._options import HERE, As, Deploys, Everything, Folder, Json, Projects, Yes
from meshnew.cli._output import confirm, decline, notice, show, watcher
from meshnew.cli._standing import print_standings
from meshnew.cli._tables import print_applied, print_plan
from meshnew.errors import UsageError

if TYPE_CHECKING:
    from meshnew.operations.apply import Applied
    from meshnew.operations.plan import Plan
    from meshnew.operations.session import Session


def apply(
    projects: Projects = None,
    everything: Everything = False,
    with_data: Annotated[
        bool,
        typer.Option(
            "--with-data",
            help="Also drop schemas that hold tables: of domains that left their project, and "
            "dev schemas of people who left.",
        ),
    ] = False,
    deploys: Deploys = True,
    merged: Annotated[
        bool,
        typer.Option(
            "--merged",
            help="On hosted platforms: do what main of the mesh says, as the mesh's CI does.",
        ),
    ] = False,
    yes: Yes = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Bring projects to what the spec says: provision, render, publish, first deploy.

    Repeat it after any interruption; a second apply changes nothing. On a hosted forge it opens
    a change of the mesh and stops; once that is merged, the mesh's CI applies it, and the same
    command says where it stands.

    Example: `meshnew apply flights`
    """
    from meshnew.operations.apply import apply as carry_out
    from meshnew.operations.session import open_session

    if not projects and not everything:
        raise UsageError("no project named", fix="Name projects, or all of them with --all")
    session = open_session(folder, actor, "apply", watcher(), forge_only=True)
    if session.mesh.spec.hosted:
        _hosted(session, projects or [], everything, merged, yes, as_json)
        return
    if merged:
        raise UsageError("--merged is for hosted platforms", fix="Leave it out.")
    done = carry_out(
        session,
        projects or [],
        everything=everything,
        with_data=with_data,
        deploys=deploys,
        confirm=asking(yes, as_json),
    )
    if done is None:
        decline(as_json)
    finish(done, as_json)


def _hosted(
    session: Session, names: list[str], everything: bool, merged: bool, yes: bool, as_json: bool
) -> None:
    """Propose edits of the spec, or do what was merged; say where the projects stand."""
    from meshnew.operations import merged as carrying_out
    from meshnew.operations import proposed

    names = session.mesh.select(names, everything=everything)
    if merged:
        if not everything:
            raise UsageError("--merged applies the whole mesh", fix="Say --all too.")
        done = carrying_out.apply(session, confirm=asking(yes, as_json))
        if done is None:
            decline(as_json)
        notice(lambda console: print_applied(console, done))
        opened = None
    else:
        opened = proposed.propose_edits(session, names, everything=everything)
    found = proposed.all_standing(session, names)
    print_standings(found, opened, as_json)


def asking(yes: bool, as_json: bool) -> Confirm:
    """A `confirm` for operations: shows the plan, then asks unless `--yes` was given."""

    def ask(plan: Plan) -> bool:
        if not as_json:
            notice(lambda console: print_plan(console, plan))
        return yes or confirm("Do this?")

    return ask


def finish(done: Applied, as_json: bool) -> None:
    """Print what apply did; exit 1 where a deploy failed."""
    show(as_json, done.to_json(), lambda console: print_applied(console, done))
    if not all(run.ok for run in done.deployed):
        raise typer.Exit(1)


if TYPE_CHECKING:
    from collections.abc import Callable

    Confirm = Callable[[Plan], bool]
