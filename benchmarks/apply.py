"""`meshnew apply --all` of new projects, the dbt runs left out, against a loop of the engines.

The engines are the commands `terraform`, `copier` and `git`, one project after the other.

Both begin with the written spec and end with all roles, schemas, repositories and jobs, and
with every project rendered and pushed; meshnew publishes the declared interfaces as well.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import _engines, _mesh
from benchmarks._pairs import Result, compare
from meshnew.operations.repositories import foundation
from meshnew.operations.session import Session
from meshnew.scaffold import answers

# In a process of its own, so that it says of meshnew alone how much memory it took.
_MEASURED = """
import resource, sys
from meshnew.cli import main
try:
    main()
finally:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stderr.write(f"peak {peak}\\n")
"""


def measure(times: int, count: int = 100) -> list[Result]:
    """Clock seconds of both, and the memory of meshnew itself without its children's."""
    peaks: list[float] = []
    return [
        compare(
            f"apply --all of {count} new projects",
            lambda: peaks.append(_ours(count)),
            lambda: _by_loop(count),
            target=0.6,
            times=times,
            warm=False,
        ),
        Result("memory of meshnew itself meanwhile", max(peaks), 200, "ru_maxrss", " MB"),
    ]


def _ours(count: int) -> float:
    with _mesh.written(count) as session:
        _mesh.commit(session.mesh.root)
        words = ["apply", "--all", "--no-deploy", "--yes", "--as", "grace"]
        command = [sys.executable, "-c", _MEASURED, *words, "-C", str(session.mesh.root)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)
        (peak,) = re.findall(r"^peak (\d+)$", done.stderr, re.MULTILINE)
        return int(peak) / (1024 if sys.platform != "darwin" else 1024**2)


def _by_loop(count: int) -> None:
    with _mesh.written(count) as session, _engines.warm(session):
        mesh_stack, *rest = _engines.prebuilt(session.mesh.home, _mesh.stacks(session))
        _engines.apply([mesh_stack])
        foundation.publish_template(session)
        _engines.apply(rest)
        for project in session.mesh.projects:
            render(session, project)


def render(session: Session, project: str) -> None:
    """Copier and git for one project."""
    wanted = answers.for_project(session.mesh, project, session.mesh.domains)
    with tempfile.TemporaryDirectory(prefix="baseline-") as temporary:
        _engines.copy(session, Path(temporary, project), wanted)
        _engines.push(session, Path(temporary, project), project)
