"""A mesh of as many projects as one likes: its files, its records, or all of it for real."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meshnew.operations import records
from meshnew.operations.progress import Silent
from meshnew.operations.session import Session, open_session
from meshnew.provision import compose

MESHNEW = str(Path(sys.executable).with_name("meshnew"))
MESH = """\
name: large
template: {version: v0.1.0}
warehouse: {kind: embedded}
forge: {kind: embedded}
runtime: {kind: embedded}
package: mesh_core
platform_team: {name: platform, members: [grace]}
"""
PACKAGE = "{kind: package, description: Macros for all, version: v0.1.0}\n"
PROJECT = """\
kind: domain
domains:
  d{n}:
    description: Number {n}
    owner: {{name: Owner {n}, email: d{n}@example.com}}
    team: team-{n}
    members: [ann_{n}, bob_{n}, cyd_{n}]
consumes: [{consumes}]
jobs: {{daily: {{schedule: "0 6 * * *"}}}}
"""


def write(folder: Path, count: int) -> None:
    """The spec of `count` projects, each of which consumes three others."""
    (folder / "mesh.yml").write_text(MESH)
    (folder / "projects").mkdir()
    (folder / "projects" / "mesh_core.yml").write_text(PACKAGE)
    for n in range(count):
        consumes = ", ".join(f"d{m}" for m in sorted({(n + k) % count for k in (1, 2, 7)} - {n}))
        text = PROJECT.format(n=n, consumes=consumes)
        (folder / "projects" / f"d{n}.yml").write_text(text)


def commit(folder: Path) -> None:
    """Make the folder the repository that `meshnew init` would have made of it."""
    (folder / ".gitignore").write_text(".meshnew/\ncheckouts/\n")
    who = ("-c", "user.name=grace", "-c", "user.email=grace@example.com")
    for words in (("init", "-qb", "main"), ("add", "-A"), (*who, "commit", "-qm", "Begin")):
        subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True)


def stacks(session: Session) -> list[compose.Stack]:
    """All stacks of the mesh in order of layers."""
    mesh = session.mesh
    found = [compose.mesh_stack(mesh)]
    found += [compose.domain_stack(mesh, name) for name in mesh.domains]
    return found + [compose.project_stack(mesh, name, mesh.domains) for name in mesh.projects]


def session_of(folder: Path) -> Session:
    """The mesh in a folder, opened."""
    return open_session(folder, "grace", "benchmark", Silent())


@contextmanager
def written(count: int) -> Iterator[Session]:
    """A mesh of files alone; its platform is started by whoever asks for it."""
    folder = Path(tempfile.mkdtemp(prefix="mesh-"))
    write(folder, count)
    session = session_of(folder)
    try:
        yield session
    finally:
        subprocess.run([MESHNEW, "stop", "-C", folder], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def recorded(count: int) -> Iterator[Session]:
    """A mesh of files and records: as if all of it had been applied and deployed ten times."""
    with written(count) as session:
        for stack in stacks(session):
            records.stack_applied(session, stack.layer, stack.name, stack.digest, "terraform")
        for name in session.mesh.projects:
            _work(session, name)
        yield session


@contextmanager
def applied(count: int) -> Iterator[Session]:
    """A mesh that `meshnew apply --all --no-deploy` made, its deploys written into the records."""
    with written(count) as session:
        commit(session.mesh.root)
        command = [MESHNEW, "apply", "--all", "--no-deploy", "--yes", "-C", str(session.mesh.root)]
        subprocess.run([*command, "--as", "grace"], capture_output=True, check=True)
        for name in session.mesh.projects:
            records.run_started(session, f"{name}-0", name, "deploy", "0" * 40)
            records.run_finished(session, f"{name}-0", "passed", {"waiting": {}})
        with session.embedded.records() as connection:
            connection.execute("update projects set due = null")
        yield session


def _work(session: Session, name: str) -> None:
    """What a project has been through: rendered, deployed ten times, with an open change."""
    product = {"name": "p", "version": 1, "domain": name, "key": f"{name}.p", "rows": 1}
    session.embedded.git.create(name, name)

    def fill(folder: Path) -> None:
        (folder / "README.md").write_text(name)

    session.publish(name, "Begin", fill)
    records.project_rendered(session, name, session.mesh.projects[name].kind, "v0.1.0")
    products = [product | {"relation": f"{name}_products.p_v1", "built": True}]
    records.project_published(session, name, products)
    for number in range(10):
        records.run_started(session, f"{name}-{number}", name, "deploy", "0" * 40)
        records.run_finished(session, f"{name}-{number}", "passed", {"waiting": {}})
    with session.embedded.records() as connection:
        connection.execute("insert into repositories values (%s)", [name])
        connection.execute(
            "insert into changes (repository, number, branch, title, author, head) "
            "values (%s, 1, 'mine', 'Ours', 'ann', %s)",
            [name, "0" * 40],
        )
