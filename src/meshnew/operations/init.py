"""init: a mesh from an empty folder; whatever stopped it, the same command carries on."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshnew import temporary
from meshnew.assets import asset
from meshnew.errors import UsageError
from meshnew.mesh import identifiers, names, write
from meshnew.mesh.mesh import MESH_REPOSITORY, SHARED, Mesh
from meshnew.mesh.models import MeshSpec, ProjectSpec
from meshnew.mesh.place import MESH_FILE, PROJECTS
from meshnew.operations import records, requirements
from meshnew.operations.acting import git_setting
from meshnew.operations.apply import Applied, apply
from meshnew.operations.plan import Plan
from meshnew.operations.progress import Progress
from meshnew.operations.repositories import repository
from meshnew.operations.repositories.foundation import VERSION, publish_template
from meshnew.operations.session import Session, open_session
from meshnew.operations.stacks import provisioning
from meshnew.provision import compose
from meshnew.scaffold import answers, render

Projects = dict[str, ProjectSpec]


@dataclass(frozen=True)
class Wanted:
    """What a new mesh shall be.

    Attributes:
        name: of the mesh.
        platform_team: name of the platform team.
        members: its members' logins.
        owner: name and address of who answers for the project `shared`.
        package: name of the internal dbt package.
        said: flags that were given, the rest being defaults; such as `--name`.
    """

    name: str
    platform_team: str = "platform"
    members: tuple[str, ...] = ()
    owner: tuple[str, str] = ("Platform team", "platform@example.com")
    package: str = "mesh_core"
    said: frozenset[str] = frozenset()


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
        wanted: what mesh.yml says; where mesh.yml exists that counts, and `wanted` may
            not have been told otherwise.
        actor: who acts.
        progress: shown what is going on.
        confirm: shown the plan of the first projects.

    Raises:
        UsageError: the folder is not empty or lies in another mesh, or names do not do.
    """
    requirements.check()
    if not (folder / MESH_FILE).is_file():
        _write_spec(folder, wanted)
    session = open_session(folder, actor, "init", progress)
    spec = session.mesh.spec
    _refuse_other(spec, session.mesh.projects, wanted)
    first = _first_projects(spec, session.mesh.projects, wanted)
    _own_stack(session)
    publish_template(session)
    repository.connect(session)
    _render(session)
    _commit(session, _declare(session, first))
    return apply(session.reloaded(), [spec.package, SHARED], confirm=confirm)


def own_files(session: Session) -> None:
    """Render the mesh's own files, and commit and push them with its spec, the first time."""
    repository.connect(session)
    _render(session)
    _commit(session, [])


def _write_spec(folder: Path, wanted: Wanted) -> None:
    _check_folder(folder)
    if found := names.problem(wanted.name):
        where = "--name" if "--name" in wanted.said else folder.name
        raise UsageError(found.what, where=where, fix=f"Name it: --name NAME. {found.fix}")
    data = {
        "name": wanted.name,
        "template": {"version": VERSION},
        "package": wanted.package,
        "platform_team": {"name": wanted.platform_team, "members": list(wanted.members)},
    }
    spec = answers.checked(MeshSpec, data, where="", fix="Say it otherwise: meshnew init --help")
    # Whatever the first projects could not be made of must not get into mesh.yml.
    _first_projects(spec, {}, wanted)
    write.write_text(folder / MESH_FILE, write.text_of(spec, "mesh"))


def _check_folder(folder: Path) -> None:
    temporary.clear(folder)  # of an init that was killed before it had written anything
    place, fix = folder.resolve(), "Name a new or empty folder: meshnew init DIR"
    for outer in place.parents:
        if (outer / MESH_FILE).is_file():
            raise UsageError(
                "lies in another mesh", where=str(folder), fix="Choose a folder outside of it."
            )
    there = next(path for path in (place, *place.parents) if path.exists())
    if not there.is_dir():
        raise UsageError("is no folder", where=there.name, fix=fix)
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError("may not be written", where=str(folder), fix=fix)
    if there == place and any(place.iterdir()):
        raise UsageError("is not empty", where=str(folder), fix=fix)


def _refuse_other(spec: MeshSpec, projects: Projects, wanted: Wanted) -> None:
    """Refuse flags that say something else than the files, which count once they are there."""
    rows = [
        ("--name", MESH_FILE, spec.name, wanted.name),
        ("--team", MESH_FILE, spec.platform_team.name, wanted.platform_team),
        ("--member", MESH_FILE, _words(spec.platform_team.members), _words(wanted.members)),
        ("--package", MESH_FILE, spec.package, wanted.package),
    ]
    shared = projects[SHARED].domains.get(SHARED) if SHARED in projects else None
    if shared:
        owner = f"{shared.owner.name} <{shared.owner.email}>"
        asked = f"{wanted.owner[0]} <{wanted.owner[1]}>"
        rows.append(("--owner", f"{PROJECTS}/{SHARED}.yml", owner, asked))
    for flag, file, there, asked in rows:
        if flag in wanted.said and there != asked:
            raise UsageError(
                f"the mesh is there, and {file} says {there}, not {asked}",
                where=flag,
                fix=f"To change it, edit {file} and run: meshnew apply --all",
            )


def _words(members: Iterable[str]) -> str:
    return ", ".join(sorted(members)) or "nobody"


def _first_projects(spec: MeshSpec, there: Projects, wanted: Wanted) -> Projects:
    """The internal package and the project `shared`, fit to stand beside what is there.

    Raises:
        UsageError: they cannot have the names that the spec gives them.
    """
    fix = "Choose other names with --name, --member, --team or --package."
    if spec.package in (SHARED, *identifiers.RESERVED_REPOSITORIES):
        taken = f"`{spec.package}` is something that every mesh has"
        raise UsageError(taken, where="package", fix=fix)
    name, email = wanted.owner
    shared = {
        "description": "What every domain refers to: the calendar, the vocabulary",
        "owner": {"name": name, "email": email},
        "team": spec.platform_team.name,
        "members": spec.platform_team.members,
    }
    data: dict[str, dict[str, Any]] = {
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
    made = {
        project: answers.checked(ProjectSpec, text, where=f"project {project}", fix=fix)
        for project, text in data.items()
    }
    identifiers.refuse_clashes(spec, made | there, fix=fix)
    return made


def _own_stack(session: Session) -> None:
    """Provision what the mesh itself has: logins, the platform team, its repositories.

    Only the first time; afterwards `apply` does, and knows who must leave when.
    """
    if ("mesh", session.mesh.spec.name) in records.provisioned(session):
        return
    with session.terraform() as runner:
        plans = provisioning.plan(session, runner, [compose.mesh_stack(session.mesh)])
        provisioning.apply(session, runner, plans)


def _render(session: Session) -> None:
    """Render the mesh's own files once; later versions come as updates.

    The answers come last: where they are, all the other files are.
    """
    root = session.mesh.root
    if (root / render.ANSWERS_FILE).is_file():
        return
    with (
        session.journal.step("Render the mesh's own files"),
        tempfile.TemporaryDirectory(prefix="meshnew-") as folder,
    ):
        made = Path(folder, "mesh")
        made.mkdir()
        render.render(session.template, made, _for_mesh(session.mesh))
        shutil.copytree(asset("schemas"), made / "schemas", dirs_exist_ok=True)
        answered = (made / render.ANSWERS_FILE).read_text(encoding="utf-8")
        (made / render.ANSWERS_FILE).unlink()
        shutil.copytree(made, root, dirs_exist_ok=True)
        write.write_text(root / render.ANSWERS_FILE, answered)


def _for_mesh(mesh: Mesh) -> dict[str, Any]:
    from meshnew.provision import credentials

    return answers.for_mesh(mesh, credentials.simplest(mesh.spec))


def _declare(session: Session, first: Projects) -> list[Path]:
    """Write the files of the first projects that are not there; returns those."""
    files = {session.mesh.root / PROJECTS / f"{name}.yml": spec for name, spec in first.items()}
    missing = [path for path in files if not path.exists()]
    for path in missing:
        write.write_text(path, write.text_of(files[path], "project"))
    return missing


def _commit(session: Session, declared: list[Path]) -> None:
    """Commit what init wrote, and nothing else that lies in the folder."""
    root, spec = session.mesh.root, session.mesh.spec
    files = declared
    if session.forge.file(MESH_REPOSITORY, MESH_FILE) is None:
        # An init before this one may have written them and stopped.
        known = _for_mesh(session.mesh)
        with session.journal.passing("List what the template renders"):
            rendered = render.files(session.template, known)
        schemas = (path.name for path in asset("schemas").iterdir())
        own = [MESH_FILE, *rendered, *(f"schemas/{name}" for name in schemas)]
        projects = {spec.package, SHARED, *session.mesh.projects}
        own += [f"{PROJECTS}/{name}.yml" for name in sorted(projects)]
        files = [root / name for name in own if (root / name).exists()]
    if files:
        repository.commit(session, f"Create the mesh {spec.name}", files)


def git_identity() -> tuple[str, str] | None:
    """Name and address that git commits with; None where either is not set."""
    name, email = git_setting("user.name"), git_setting("user.email")
    return (name, email) if name and email else None
