"""meshnew destroy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meshnew.cli._options import HERE, As, Everything, Folder, Json, Projects, Yes
from meshnew.cli._output import decline, notice, show, typed, watcher
from meshnew.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.destroy import Destruction


def destroy(
    projects: Projects = None,
    everything: Everything = False,
    with_data: Annotated[
        bool, typer.Option("--with-data", help="Also drop schemas that hold tables.")
    ] = False,
    yes: Yes = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Take projects down, with repository, roles and jobs; schemas with tables stay.

    Refused while other projects consume the project's products.

    Example: `meshnew destroy airports --with-data`
    """
    from meshnew.operations.destroy import destroy as carry_out
    from meshnew.operations.session import open_session

    if not projects and not everything:
        raise UsageError("no project named", fix="Name projects, or all of them with --all")
    session = open_session(folder, actor, "destroy", watcher())
    name = session.mesh.spec.name if everything else " ".join(projects or [])

    def ask(found: Destruction) -> bool:
        if not as_json:
            notice(lambda console: _render(console, found))
        return yes or typed(f"This cannot be undone. Type `{name}` to go on:", name)

    done = carry_out(
        session, projects or [], everything=everything, with_data=with_data, confirm=ask
    )
    if done is None:
        decline(as_json)
    data = {"destroyed": done.projects, "kept_schemas": done.kept, "did": done.sentences}
    show(as_json, data, lambda console: console.print("Done."))


def _render(console: Console, found: Destruction) -> None:
    for sentence in found.sentences:
        console.print(f"  [red]-[/] {sentence}")
    for schema, count in found.kept.items():
        many = "" if count == 1 else "s"
        console.print(f"  [yellow]=[/] keeps schema {schema}: {count} relation{many} (--with-data)")
