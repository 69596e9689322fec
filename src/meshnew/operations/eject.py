"""eject: write a project's stacks as plain Terraform that runs without meshnew."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshnew.errors import RequirementError, UsageError
from meshnew.mesh.load import load
from meshnew.mesh.mesh import Mesh
from meshnew.mesh.place import find_root
from meshnew.provision import compose, ejected
from meshnew.provision.compose import Stack


@dataclass(frozen=True)
class Ejected:
    """What was written.

    Attributes:
        folder: where.
        stacks: in the order in which they are applied.
    """

    folder: Path
    stacks: list[Stack]

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"folder": str(self.folder), "stacks": [stack.label for stack in self.stacks]}


def eject(start: Path, project: str, target: Path) -> Ejected:
    """Write the stacks of a project, of its domains and of the mesh, with their modules.

    Nothing is asked of a platform, and no state is read or moved.

    Args:
        start: a folder of the mesh.
        project: the project.
        target: the folder to write; it is not there yet, or empty.

    Raises:
        UsageError: there is no such project, or the folder holds something.
        RequirementError: plain Terraform cannot reach the mesh's platforms.
    """
    mesh = load(find_root(start))
    mesh.project(project)
    _refuse_laptop(mesh)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} is there already", where="DIR", fix="Name a new folder.")
    stacks = stacks_of(mesh, project)
    parent = target.resolve().parent
    parent.mkdir(parents=True, exist_ok=True)
    # Whole or not at all: what is killed half way leaves no folder of that name.
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=parent) as scratch:
        made = Path(scratch, "made")
        made.mkdir(mode=0o755)
        ejected.write(made, mesh.spec, stacks)
        if target.exists():
            target.rmdir()
        shutil.move(made, target.resolve())
    return Ejected(target, stacks)


def stacks_of(mesh: Mesh, project: str) -> list[Stack]:
    """Stacks that a project stands on and its own, in the order in which they are applied."""
    return [
        compose.mesh_stack(mesh),
        *(compose.domain_stack(mesh, domain) for domain in mesh.projects[project].domains),
        compose.project_stack(mesh, project, mesh.domains),
    ]


def _refuse_laptop(mesh: Mesh) -> None:
    if mesh.spec.hosted:
        return
    raise RequirementError(
        "the embedded platform cannot be ejected: its Terraform provider is a part of meshnew, "
        "served from within its commands, so no other Terraform reaches it",
        where="mesh.yml",
        fix="Its root modules can be read: .meshnew/stacks, with a terraform.tfstate beside each. "
        "On hosted platforms eject writes Terraform that runs by itself.",
    )
