"""meshnew init."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meshnew.cli._options import HERE, As, Folder, Json, Yes
from meshnew.cli._output import interactive, tell, watcher
from meshnew.cli.apply import asking, finish
from meshnew.errors import UsageError

if TYPE_CHECKING:
    from meshnew.operations.init import Wanted


def init(
    where: Annotated[Path | None, typer.Argument(metavar="[DIR]", show_default=False)] = None,
    name: Annotated[str | None, typer.Option(help="Name of the mesh.")] = None,
    team: Annotated[str, typer.Option(help="Name of the platform team.")] = "platform",
    member: Annotated[
        list[str] | None, typer.Option(help="Login in the platform team; repeatable.")
    ] = None,
    owner: Annotated[
        str | None, typer.Option(metavar="'NAME <EMAIL>'", help="Who answers for shared data.")
    ] = None,
    package: Annotated[str, typer.Option(help="Name of the internal dbt package.")] = "mesh_core",
    yes: Yes = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Create a mesh on this machine, or carry on with one that was interrupted.

    Example: `meshnew init skyline --member grace --yes`
    """
    from meshnew.operations.init import Wanted
    from meshnew.operations.init import init as carry_out
    from meshnew.operations.session import who

    target = folder / where if where else folder
    wanted = Wanted(
        name=name or _slug(target.resolve().name),
        platform_team=team,
        members=tuple(member or [who(actor)]),
        owner=_owner(owner),
        package=package,
    )
    if not (target / "mesh.yml").is_file() and interactive() and not yes:
        wanted = _wizard(wanted)
    done = carry_out(target, wanted, actor, watcher(), asking(yes, as_json))
    if done is None:
        tell("The mesh is there; its first projects are not. `meshnew init` carries on.")
        raise typer.Exit(1)
    finish(done, as_json)
    if not as_json:
        tell(f"Mesh {wanted.name} is ready. Next: meshnew -h, or meshnew new domain NAME")


def _wizard(wanted: Wanted) -> Wanted:
    """Ask what mesh.yml shall say, each with the value it would have anyway."""
    from dataclasses import replace

    import questionary

    from meshnew.mesh import names

    def valid(text: str) -> bool | str:
        return names.problem(text) or True

    name = questionary.text("Name of the mesh", wanted.name, validate=valid).unsafe_ask()
    team = questionary.text("Name of the platform team", wanted.platform_team).unsafe_ask()
    members = questionary.text(
        "Logins of its members, with spaces between",
        " ".join(wanted.members),
        validate=lambda text: next((p for n in text.split() if (p := names.problem(n))), True),
    ).unsafe_ask()
    owner = questionary.text(
        "Who answers for shared data", f"{wanted.owner[0]} <{wanted.owner[1]}>"
    ).unsafe_ask()
    return replace(
        wanted,
        name=name,
        platform_team=team,
        members=tuple(members.split()),
        owner=_owner(owner),
    )


def _owner(text: str | None) -> tuple[str, str]:
    """Name and address: as given, else those git commits with."""
    from meshnew.operations.init import Wanted, git_identity

    if text is None:
        return git_identity() or Wanted.owner
    found = re.fullmatch(r"\s*(.+?)\s*<([^@\s]+@[^@\s]+)>\s*", text)
    if found is None:
        raise UsageError(
            f"`{text}` is no name with an address", where="--owner", fix="--owner 'Ada <ada@x.org>'"
        )
    return found[1], found[2]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "mesh"
