"""What stands although the spec no longer describes it."""

from __future__ import annotations

from collections.abc import Iterable

from meshnew.errors import UsageError
from meshnew.mesh.access import Role
from meshnew.mesh.mesh import Mesh
from meshnew.provision.compose import Stack
from meshnew.provision.terraform import Runner

Applied = dict[tuple[str, str], str]
"""(layer, name) of stacks that were applied -> digest."""


def leftovers(mesh: Mesh, applied: Applied) -> list[tuple[str, str]]:
    """(layer, name) of stacks that no domain or project of the spec has any more."""
    known: dict[str, Iterable[str]] = {"domain": mesh.domains, "project": mesh.projects}
    return sorted(
        (layer, name) for layer, name in applied if layer in known and name not in known[layer]
    )


def notes(left: Iterable[tuple[str, str]]) -> list[str]:
    """What to tell of them, in a person's words."""
    return [
        f"{layer} {name} stands and is in no file of projects/: meshnew destroy {name}"
        for layer, name in left
    ]


def belonging_to(
    runner: Runner, names: Iterable[str], left: Iterable[tuple[str, str]]
) -> list[Stack]:
    """Leftover stacks that destroying `names` takes down: by name, or a project's domains."""
    wanted, there = set(names), list(left)
    for layer, name in there:
        if layer == "project" and name in wanted:
            wanted |= _domains(runner.applied(layer, name))
    return [runner.applied(layer, name) for layer, name in there if name in wanted]


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
