"""init: a mesh from an empty folder; whatever stopped it, the same command carries on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from meshnew import __version__
from meshnew.assets import asset
from meshnew.errors import UsageError
from meshnew.forge import git
from meshnew.mesh import write
from meshnew.mesh.load import MESH_FILE, PROJECTS
from meshnew.mesh.mesh import SHARED, TEMPLATE
from meshnew.mesh.models import MeshSpec, ProjectSpec
from meshnew.operations import provisioning, repository
from meshnew.operations.apply import Applied, Plan, apply
from meshnew.operations.progress import Progress
from meshnew.operations.session import Session, git_setting, open_session
from meshnew.provision import compose
from meshnew.scaffold import answers, render

VERSION = f"v{__version__}"


@dataclass(frozen=True)
class Wanted:
    """What a new mesh shall be.

    Attributes:
        name: of the mesh.
        platform_team: name of the platform team.
        members: its members' logins.
        owner: name and address of who answers for the project `shared`.
        package: name of the internal dbt package.
    """

    name: str
    platform_team: str = "platform"
    members: tuple[str, ...] = ()
    owner: tuple[str, str] = ("Platform team", "platform@example.com")
    package: str = "mesh_core"


def init(
    folder: Path,
    wanted: Wanted,
    actor: str | None,
    progress: Progress,
    confirm: Callable[[Plan], bool],
) -> Applied | None:
    """Make the mesh, or finish making it.

    Args:
        folder: its folder; empty, new, or that of a mesh whose init stopped.
        wanted: what mesh.yml says; where mesh.yml exists that counts.
        actor: who acts.
        progress: shown what is going on.
        confirm: shown the plan of the first projects.

    Raises:
        UsageError: the folder is not empty, or lies in another mesh.
    """
    if not (folder / MESH_FILE).is_file():
        _write_spec(folder, wanted)
    session = open_session(folder, actor, "init", progress)
    _own_stack(session)
    _publish_template(session)
    repository.connect(session)
    _render(session)
    _first_projects(session, wanted)
    return apply(session.reloaded(), [session.mesh.spec.package, SHARED], confirm=confirm)


def _write_spec(folder: Path, wanted: Wanted) -> None:
    for outer in folder.resolve().parents:
        if (outer / MESH_FILE).is_file():
            raise UsageError(
                "lies in another mesh", where=str(folder), fix="Choose a folder outside of it."
            )
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(
            "is not empty", where=str(folder), fix="Name a new or empty folder: meshnew init DIR"
        )
    data = {
        "name": wanted.name,
        "template": {"version": VERSION},
        "package": wanted.package,
        "platform_team": {"name": wanted.platform_team, "members": list(wanted.members)},
    }
    try:
        spec = MeshSpec.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise UsageError(f"{key}: {first['msg'].removeprefix('Value error, ')}") from None
    write.write_text(folder / MESH_FILE, write.text_of(spec, "mesh"))


def _own_stack(session: Session) -> None:
    """Provision what the mesh itself has: logins, the platform team, its repositories."""
    with session.terraform() as runner:
        plans = provisioning.plan(session, runner, [compose.mesh_stack(session.mesh)])
        provisioning.apply(session, runner, plans)


def _publish_template(session: Session) -> None:
    """Give the mesh its own copy of the template, tagged with meshnew's version."""
    forge = session.forge
    if git.remote_ref(forge.url(TEMPLATE), f"refs/tags/{VERSION}", environ=forge.environment()):
        return

    def fill(folder: Path) -> None:
        shutil.copytree(
            asset("template"),
            folder / "template",
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        shutil.copy(asset("copier.yml"), folder / "copier.yml")

    with session.journal.step(f"Publish the template as {VERSION}"):
        git.publish(
            forge.url(TEMPLATE),
            environ=forge.environment(),
            author=session.actor,
            message=f"Publish the template of meshnew {__version__}",
            write=fill,
            tag=VERSION,
        )


def _render(session: Session) -> None:
    """Render the mesh's own files once; later versions come as updates."""
    root = session.mesh.root
    if (root / render.ANSWERS_FILE).is_file():
        return
    with session.journal.step("Render the mesh's own files"):
        render.render(session.template, root, answers.for_mesh(session.mesh))
        shutil.copytree(asset("schemas"), root / "schemas", dirs_exist_ok=True)


def _first_projects(session: Session, wanted: Wanted) -> None:
    """Declare the internal package and the project `shared`, and commit the whole."""
    root, spec = session.mesh.root, session.mesh.spec
    name, email = wanted.owner
    shared = {
        "description": "What every domain refers to: the calendar",
        "owner": {"name": name, "email": email},
        "team": spec.platform_team.name,
        "members": spec.platform_team.members,
    }
    projects = {
        spec.package: {
            "kind": "package",
            "description": f"Macros and tests that every project of {spec.name} imports",
            "version": VERSION,
        },
        SHARED: {
            "kind": "domain",
            "domains": {SHARED: shared},
            "answers": {"starter": "calendar"},
        },
    }
    for project, data in projects.items():
        path = root / PROJECTS / f"{project}.yml"
        if not path.exists():
            write.write_text(path, write.text_of(ProjectSpec.model_validate(data), "project"))
    repository.commit(session, f"Create the mesh {spec.name}", [root])


def git_identity() -> tuple[str, str] | None:
    """Name and address that git commits with; None where either is not set."""
    name, email = git_setting("user.name"), git_setting("user.email")
    return (name, email) if name and email else None
