"""How long `meshnew status` takes with many projects, against git reading as many repositories.

    python benchmarks/status.py [PROJECTS]

The mesh is made of files and records alone: `status` reads nothing else. A time says little
about another machine, the ratio more: the yardstick is `git log -1` in as many repositories.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from meshnew.operations import records
from meshnew.operations.progress import Silent
from meshnew.operations.session import Session, open_session
from meshnew.operations.status import status
from meshnew.provision import compose

TIMES = 5
MESH = """\
name: large
template: {version: v0.1.0}
warehouse: {kind: embedded}
forge: {kind: embedded}
runtime: {kind: embedded}
package: mesh_core
platform_team: {name: platform, members: [grace]}
"""
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


def make(folder: Path, count: int) -> Session:
    """A mesh of `count` projects, each with an open change, as the records have it."""
    (folder / "mesh.yml").write_text(MESH)
    (folder / "projects").mkdir()
    for n in range(count):
        consumes = ", ".join(f"d{m}" for m in sorted({(n + k) % count for k in (1, 2, 7)} - {n}))
        text = PROJECT.format(n=n, consumes=consumes)
        (folder / "projects" / f"d{n}.yml").write_text(text)
    session = open_session(folder, "grace", "status", Silent())
    mesh = session.mesh
    stacks = [compose.mesh_stack(mesh)]
    stacks += [compose.domain_stack(mesh, name) for name in mesh.domains]
    stacks += [compose.project_stack(mesh, name, mesh.domains) for name in mesh.projects]
    for stack in stacks:
        records.stack_applied(session, stack.layer, stack.name, stack.digest, "terraform")
    for name in mesh.projects:
        _work(session, name)
    return session


def _work(session: Session, name: str) -> None:
    """What a project has been through: rendered, deployed ten times, with an open change."""
    product = {"name": "p", "version": 1, "domain": name, "key": f"{name}.p", "rows": 1}
    session.embedded.git.create(name, name)

    def write(folder: Path) -> None:
        (folder / "README.md").write_text(name)

    session.publish(name, "Begin", write)
    records.project_rendered(session, name, "domain", "v0.1.0")
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


def seconds(work: Callable[[], object]) -> float:
    """The best of some tries."""
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def _log(path: str) -> None:
    subprocess.run(["git", "-C", path, "log", "-1"], capture_output=True, check=True)


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory(prefix="mesh-") as temporary:
        folder = Path(temporary)
        session = make(folder, count)
        command = [str(Path(sys.executable).with_name("meshnew")), "status", "-C", str(folder)]
        repositories = [str(session.embedded.git.path(name)) for name in session.mesh.projects]
        try:
            whole = seconds(lambda: subprocess.run(command, capture_output=True, check=False))
            load = seconds(lambda: open_session(folder, "grace", "status", Silent()))
            look = seconds(lambda: status(session))
            git = seconds(lambda: [_log(path) for path in repositories])
        finally:
            session.embedded.postgres.stop()
    print(f"{count} projects: meshnew status {whole:.2f} s (spec {load:.2f}, records {look:.2f})")
    print(f"git log -1 in {count} repositories: {git:.2f} s; ratio {whole / git:.1f}")


if __name__ == "__main__":
    main()
