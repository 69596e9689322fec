"""What a move to other platforms leaves, makes, and asks of a person. Nothing is looked up."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from meshnew.mesh import access
from meshnew.mesh.differences import MESH, differences
from meshnew.mesh.mesh import INTERFACES, MESH_REPOSITORY, TEMPLATE, Mesh
from meshnew.mesh.names import JOBS
from meshnew.mesh.place import MESH_FILE, PROJECTS
from meshnew.provision import compose, credentials


@dataclass(frozen=True)
class Outline:
    """A move, in a person's words.

    Attributes:
        stays: what is the same afterwards.
        changes: what the new mesh.yml says otherwise than the old one.
        created: what there is, by kind -> the names of what `meshnew apply` makes there.
        by_hand: what nobody but a person can do, in order.
        missing: what the environment lacks to provision there, each with its mend.
    """

    stays: list[str]
    changes: list[str]
    created: dict[str, list[str]]
    by_hand: list[str]
    missing: list[str]

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def outline(now: Mesh, later: Mesh, file: str) -> Outline:
    """What moving a mesh comes to.

    Args:
        now: the mesh on the laptop.
        later: the same projects with the other mesh.yml.
        file: that mesh.yml, as the user named it.
    """
    return Outline(
        stays=list(_stays(now)),
        changes=[found.text for found in differences(now, later) if MESH in found.projects],
        created=_created(later),
        by_hand=list(_by_hand(now, later, file)),
        missing=list(_missing(later, os.environ)),
    )


def _stays(now: Mesh) -> Iterator[str]:
    yield f"projects/: {len(now.projects)} files, word for word"
    yield "names of domains, schemas, roles, products and versions; contracts, owners, policies"
    yield "what people wrote in the repositories; its history is kept on this machine"
    yield "this mesh on this machine: nothing is changed or dropped here"


def _created(later: Mesh) -> dict[str, list[str]]:
    spec, domains = later.spec, later.domains
    schemas = [
        grant.name
        for name, domain in domains.items()
        for grant in access.domain_schemas(name, domain.members)
    ]
    roles = [role.of(name) for name in domains for role in access.DOMAIN_ROLES]
    roles += [
        role.of(name)
        for name, project in later.projects.items()
        for role in access.PROJECT_ROLES
        if project.domains
    ]
    teams = {spec.platform_team.name, *(domain.team for domain in domains.values())}
    return {
        f"schemas ({spec.warehouse.kind})": schemas,
        f"roles ({spec.warehouse.kind})": roles,
        f"logins ({spec.warehouse.kind})": [*later.people, *spec.readers],
        f"teams ({spec.forge.kind})": sorted(teams),
        f"repositories ({spec.forge.kind})": [
            MESH_REPOSITORY, TEMPLATE, INTERFACES, *later.projects,
        ],
        f"jobs ({spec.runtime.kind})": [
            f"{name} {job}" for name, project in later.projects.items() if project.domains
            for job in JOBS
        ],
        f"states ({spec.state.kind})": [stack.label for stack in _stacks(later)],
    }  # fmt: skip


def _stacks(later: Mesh) -> list[compose.Stack]:
    return [
        compose.mesh_stack(later),
        *(compose.domain_stack(later, name) for name in later.domains),
        *(compose.project_stack(later, name, later.domains) for name in later.projects),
    ]


def _missing(later: Mesh, environ: Mapping[str, str]) -> Iterator[str]:
    for platform, needs in credentials.needs(later.spec).items():
        for what, fix in credentials.problems(needs, environ, Path.home()):
            yield f"{platform}: {what}. {fix}"


def _by_hand(now: Mesh, later: Mesh, file: str) -> Iterator[str]:
    kind, forge = later.spec.warehouse.kind, later.spec.forge.kind
    yield "Set the variables by which one signs in there; `meshnew doctor` says which are missing."
    yield (
        f"Put {file} as {MESH_FILE} into a new folder, a copy of {PROJECTS}/ beside it, and give "
        "`meshnew apply --all --merged` there. Here everything goes on until you end it."
    )
    yield (
        f"That rendered each project anew on {forge}, where main takes changes only. Bring what "
        f"people wrote as one ({' '.join(now.projects)}), models for example: in a clone of NAME, "
        f"git switch -c move; git fetch {now.root}/{_REPOSITORIES}/NAME.git main; "
        "git rm -rq models; git checkout FETCH_HEAD -- models; git commit -m Move; "
        "git push origin move; then meshnew change open NAME --branch move"
    )
    if kind == "postgres":
        yield f"Copy the products, and hold their rows against these: {_copy(file)}"
    else:
        yield (
            f"Rows are copied from Postgres to Postgres only. On {kind} the first deploy of each "
            "project builds its products from raw data."
        )
    yield "Point what loads raw data, and who reads products, at the new warehouse."
    yield f"Give the jobs their secrets on {forge}, as its page in docs/how-to says."
    yield "Once nobody needs the laptop's mesh: meshnew destroy --all --with-data"


_REPOSITORIES = ".meshnew/embedded/repositories"


def _copy(file: str) -> str:
    return f"meshnew migrate --to {file} --copy"
