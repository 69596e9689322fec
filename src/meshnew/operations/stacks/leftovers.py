"""What stands although the spec no longer describes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from meshnew.errors import ConflictError, UsageError
from meshnew.mesh.access import Role
from meshnew.mesh.mesh import Mesh
from meshnew.mesh.place import MESH_FILE, PROJECTS
from meshnew.operations import records
from meshnew.operations.session import Session
from meshnew.operations.stacks.applied import applied
from meshnew.provision.compose import Stack

if TYPE_CHECKING:
    from meshnew.provision.terraform import Runner

Applied = dict[tuple[str, str], str]
"""(layer, name) of stacks that were applied -> digest."""


def leftovers(mesh: Mesh, done: Applied) -> list[tuple[str, str]]:
    """(layer, name) of stacks that no domain or project of the spec has any more."""
    known: dict[str, Iterable[str]] = {"domain": mesh.domains, "project": mesh.projects}
    return sorted(
        (layer, name) for layer, name in done if layer in known and name not in known[layer]
    )


def notes(left: Iterable[tuple[str, str]]) -> list[str]:
    """What to tell of them, in a person's words."""
    return [
        f"{layer} {name} stands and is in no file of projects/: meshnew destroy {name}"
        for layer, name in left
    ]


def standing(session: Session, left: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """What is to be done of what is left over: name -> that, in a person's words.

    A domain that left its project and holds data stays, so for it nothing is.
    """
    homes, before = records.homes(session), applied(session)
    found: dict[str, list[str]] = {}
    for layer, name in left:
        home = homes.get(name) if layer == "domain" else None
        if home not in session.mesh.projects:
            found[name] = [f"left over: meshnew destroy {name}"]
        elif before is None or name in before.domains:
            found[name] = [f"left project {home}: meshnew apply {home}"]
        else:
            found[name] = []
    return found


def belonging_to(
    runner: Runner, names: Iterable[str], left: Iterable[tuple[str, str]]
) -> list[Stack]:
    """Leftover stacks that destroying `names` takes down: by name, or a project's domains."""
    wanted, there = set(names), list(left)
    for layer, name in there:
        if layer == "project" and name in wanted:
            wanted |= _domains(runner.applied(layer, name))
    return [runner.applied(layer, name) for layer, name in there if name in wanted]


def refuse_consumed(mesh: Mesh, leaving: Mapping[str, str]) -> None:
    """Refuse to take a domain out of its project while somebody is given its products.

    Args:
        mesh: the mesh.
        leaving: domain -> the project it leaves.

    Raises:
        ConflictError: with the files to edit.
    """
    for domain, project in leaving.items():
        files = [
            f"{PROJECTS}/{n}.yml" for n, spec in mesh.projects.items() if domain in spec.consumes
        ]
        files += [MESH_FILE] if mesh.readers(domain) else []
        if files:
            raise ConflictError(
                f"domain {domain} leaves project {project}, and its data products are consumed "
                f"by {', '.join(files)}",
                where=f"{PROJECTS}/{project}.yml",
                fix=f"Remove {domain} there as well, or put it back into {PROJECTS}/{project}.yml.",
            )


def schemas(stack: Stack) -> set[str]:
    """Schemas that a stack makes."""
    return set(stack.modules.get("warehouse", ("", {}))[1].get("schemas", {}))


def tables(session: Session, stacks: Iterable[Stack]) -> dict[str, int]:
    """Schema -> number of tables and views in it, for schemas of the stacks that hold any."""
    wanted = sorted({schema for stack in stacks for schema in schemas(stack)})
    if not wanted or ("mesh", session.mesh.spec.name) not in records.provisioned(session):
        return {}
    with session.embedded.warehouse() as connection:
        rows = connection.execute(
            """
            select schema.nspname, count(*)
            from pg_class as relation
            join pg_namespace as schema on schema.oid = relation.relnamespace
            where schema.nspname = any(%s) and relation.relkind in ('r', 'p', 'v', 'm', 'f')
            group by schema.nspname
            """,
            (wanted,),
        ).fetchall()
    return dict(sorted(rows))


def refuse_renamed(mesh: Mesh, runner: Runner, left: Iterable[tuple[str, str]]) -> None:
    """Refuse a domain under a new name: its data and its team belong to the old one.

    Raises:
        UsageError: with the two ways out.
    """
    teams = {domain.team: name for name, domain in mesh.domains.items()}
    for layer, name in left:
        if layer != "domain":
            continue
        held = runner.applied(layer, name).modules["forge"][1].get("teams", {})
        for team in held:
            if team in teams:
                raise UsageError(
                    f"domain {name} is gone from the spec and {teams[team]} has its team {team}: "
                    "a domain keeps its name, its schemas and their readers know it by that",
                    where=f"projects/{mesh.project_of[teams[team]]}.yml",
                    fix=f"Name it {name} again; or give {teams[team]} a team of its own, and "
                    f"move the data before you run: meshnew destroy {name}",
                )


def _domains(stack: Stack) -> set[str]:
    """Domains that a project stack builds."""
    memberships = stack.modules.get("warehouse", ("", {}))[1].get("memberships", {})
    suffix = f"_{Role.OWNER}"
    return {
        item["role"].removesuffix(suffix)
        for item in memberships.values()
        if item["role"].endswith(suffix) and item["member"].endswith(f"_{Role.TRANSFORMER}")
    }
