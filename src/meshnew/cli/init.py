"""meshnew init."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meshnew.cli._options import HERE, As, Folder, Json, Yes
from meshnew.cli._output import decline, interactive, questions, tell, watcher
from meshnew.cli.apply import asking, finish
from meshnew.errors import UsageError

if TYPE_CHECKING:
    from meshnew.operations.init import Wanted

Where = Annotated[Path | None, typer.Argument(metavar="[DIR]", show_default=False)]
Name = Annotated[str | None, typer.Option(help="Name of the mesh; that of its folder if not said.")]
Team = Annotated[
    str | None, typer.Option(help="Name of the platform team; `platform` if not said.")
]
Member = Annotated[list[str] | None, typer.Option(help="Login in the platform team; repeatable.")]
Owner = Annotated[
    str | None, typer.Option(metavar="'NAME <EMAIL>'", help="Who answers for shared data.")
]
Package = Annotated[
    str | None, typer.Option(help="Name of the internal dbt package; `mesh_core` if not said.")
]


def init(
    where: Where = None,
    name: Name = None,
    team: Team = None,
    member: Member = None,
    owner: Owner = None,
    package: Package = None,
    yes: Yes = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Create a mesh on this machine, or carry on with one that was interrupted.

    Example: `meshnew init skyline --member grace --yes`
    """
    from meshnew.mesh.load import load
    from meshnew.mesh.place import MESH_FILE
    from meshnew.operations.init import init as carry_out

    target = folder / where if where else folder
    wanted = _wanted(target, name, team, member, owner, package, actor)
    begun = (target / MESH_FILE).is_file()
    if not yes and not interactive():
        raise UsageError("nobody is there to be asked", fix="Say yes to everything: --yes")
    if not begun and interactive() and not yes:
        with questions():
            wanted = _wizard(wanted)
    done = carry_out(target, wanted, actor, watcher(), asking(yes, as_json))
    if done is None:
        text = "The mesh is there; its first projects are not. `meshnew init` carries on."
        decline(as_json, text, changed=not begun)
    finish(done, as_json)
    if not as_json:
        made = load(target).spec.name
        tell(f"Mesh {made} is ready. Next: meshnew -h, or meshnew new domain NAME")


def _wanted(
    target: Path,
    name: str | None,
    team: str | None,
    member: list[str] | None,
    owner: str | None,
    package: str | None,
    actor: str | None,
) -> Wanted:
    """What the flags say, and defaults for the rest."""
    from meshnew.operations.acting import who
    from meshnew.operations.init import Wanted

    flags = {"name": name, "team": team, "member": member, "owner": owner, "package": package}
    return Wanted(
        name=_slug(target.resolve().name) if name is None else name,
        platform_team="platform" if team is None else team,
        members=tuple(member or [who(actor)]),
        owner=_owner(owner),
        package="mesh_core" if package is None else package,
        said=frozenset(f"--{flag}" for flag, value in flags.items() if value not in (None, [])),
    )


def _wizard(wanted: Wanted) -> Wanted:
    """Ask what mesh.yml shall say, each with the value it would have anyway."""
    from dataclasses import replace

    import questionary

    from meshnew.mesh import names

    def valid_names(given: list[str]) -> bool | str:
        found = [bad for name in given if (bad := names.problem(name))]
        return f"{found[0].what}. {found[0].fix}" if found else True

    def valid(text: str) -> bool | str:
        return valid_names([text])

    name = questionary.text("Name of the mesh", wanted.name, validate=valid).unsafe_ask()
    team = questionary.text("Name of the platform team", wanted.platform_team).unsafe_ask()
    members = questionary.text(
        "Logins of its members, with spaces between",
        " ".join(wanted.members),
        validate=lambda text: valid_names(text.split()),
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
