"""`meshnew new`, the dbt run left out, against Copier, Terraform and git by script.

Both add projects to the same mesh, in turn. The script is given the platform's provider, served,
the finished JSON of the stacks and the interface to publish; its engines are the commands
`copier`, `terraform` and `git`. Like meshnew it begins from the mesh's repository and ends with
a stack of what is consumed that knows its new reader.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

from benchmarks import _engines, _mesh
from benchmarks._pairs import Result, compare
from meshnew.dbt import interfaces
from meshnew.dbt.declared import declared
from meshnew.mesh import write
from meshnew.mesh.load import load
from meshnew.mesh.mesh import INTERFACES, MESH_REPOSITORY
from meshnew.operations.session import Session
from meshnew.provision import compose
from meshnew.scaffold import answers


def measure(times: int) -> list[Result]:
    """A new project that consumes one other."""
    numbers = count()
    with _mesh.applied(2) as session, _engines.warm(session):
        return [
            compare(
                "new, without its dbt run",
                lambda: _ours(session, f"ours{next(numbers)}"),
                lambda: _by_script(session, f"base{next(numbers)}"),
                target=1.10,
                times=times,
            )
        ]


def _ours(session: Session, name: str) -> None:
    answers = ("owner_name=A", "owner_email=a@example.com", f"team={name}", "consumes=[d0]")
    data = [word for answer in answers for word in ("--data", answer)]
    words = ["new", "domain", name, *data, "--defaults", "--yes", "--no-deploy", "--as", "grace"]
    command = [_mesh.MESHNEW, *words, "-C", str(session.mesh.root)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)


def _by_script(session: Session, name: str) -> None:
    spec = session.mesh.projects["d1"]
    domain = next(iter(spec.domains.values())).model_copy(update={"team": name, "members": []})
    spec = spec.model_copy(update={"domains": {name: domain}, "consumes": ["d0"]})
    with tempfile.TemporaryDirectory(prefix="baseline-") as temporary:
        folder = Path(temporary)
        file, text = f"projects/{name}.yml", write.text_of(spec, "project")
        _commit(session, folder, MESH_REPOSITORY, file, lambda path: path.write_text(text))
        # As everybody's projects have it by now.
        mesh = replace(load(folder / MESH_REPOSITORY), root=session.mesh.root)
        there = [compose.mesh_stack(mesh), compose.domain_stack(mesh, "d0")]
        _engines.apply_again(_engines.written(session.mesh.home, there))
        stacks = [compose.domain_stack(mesh, name), compose.project_stack(mesh, name, mesh.domains)]
        _engines.apply(_engines.prebuilt(session.mesh.home, stacks))
        wanted = answers.for_project(mesh, name, mesh.domains)
        _engines.copy(session, folder / name, wanted)
        _engines.push(session, folder / name, name)
        _commit(
            session,
            folder,
            INTERFACES,
            name,
            lambda path: interfaces.write(declared(folder / name), path),
        )


def _commit(
    session: Session, folder: Path, repository: str, path: str, make: Callable[[Path], object]
) -> None:
    """Clone, make something, commit, push."""
    who = ("-c", "user.name=grace", "-c", "user.email=grace@example.com")
    _engines.git(session, folder, "clone", "-q", session.forge.url(repository), repository)
    checkout = folder / repository
    make(checkout / path)
    for words in (("add", "-A"), (*who, "commit", "-qm", path), ("push", "-q", "origin", "main")):
        _engines.git(session, checkout, *words)
