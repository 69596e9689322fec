"""Combinations of platforms, and the stacks of a mesh on each."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

from meshnew.mesh.mesh import Mesh
from meshnew.mesh.models import MeshSpec, ProjectSpec
from meshnew.mesh.pairs import refusals
from meshnew.provision import compose
from tests.mesh.hosted import BASE, KINDS, spec

Kinds = tuple[str, str, str, str]
EVERY: list[Kinds] = list(
    product(*(KINDS[of] for of in ("warehouse", "forge", "runtime", "state")))
)
LAPTOP = ("embedded", "embedded", "embedded", "local")
"""Its stacks are applied by all the other tests here."""
HOSTED = [kinds for kinds in EVERY if not list(refusals(*kinds)) and kinds != LAPTOP]
PLATFORMS = sorted({kinds[:3] for kinds in HOSTED})
PEOPLE = {
    name: {"principal": f"{name}@skyline.example"} for name in ("ada", "amir", "grace", "wilma")
}


def domain(owner: str, member: str, *consumes: str) -> dict[str, Any]:
    about = {
        "description": f"All about {owner}",
        "owner": {"name": "Ada Adeyemi", "email": "ada@skyline.example"},
        "team": f"{owner}-data",
        "members": [member],
    }
    jobs = {"daily": {"schedule": "30 5 * * *"}}
    return {"kind": "domain", "domains": {owner: about}, "consumes": consumes, "jobs": jobs}


def mesh(kinds: Kinds) -> Mesh:
    """Three domains that consume each other, a package and a BI tool."""
    projects: dict[str, dict[str, Any]] = {
        "flights": domain("flights", "ada", "weather", "airports"),
        "weather": domain("weather", "amir", "flights"),
        "airports": domain("airports", "wilma", "flights"),
        "mesh_core": {"kind": "package", "version": "v0.1.0"},
    }
    more = {"people": PEOPLE, "readers": {"tableau": {"reads": ["flights"]}}}
    return Mesh(
        Path("/nowhere"),
        MeshSpec.model_validate(BASE | spec(*kinds) | more | {"labels": {"cost_center": "4711"}}),
        {name: ProjectSpec.model_validate(project) for name, project in projects.items()},
    )


def stacks(kinds: Kinds) -> list[compose.Stack]:
    """One of each sort: what the other domains and projects have is alike."""
    whole = mesh(kinds)
    present = set(whole.domains)
    return [
        compose.mesh_stack(whole),
        compose.domain_stack(whole, "flights"),
        compose.project_stack(whole, "flights", present),
        compose.project_stack(whole, "mesh_core", present),
    ]
