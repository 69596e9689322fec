"""`meshnew status --json` against `git log -1` in as many repositories as there are projects."""

from __future__ import annotations

import subprocess
from pathlib import Path

from benchmarks import _mesh
from benchmarks._pairs import Result, compare


def measure(times: int, count: int = 100) -> list[Result]:
    """A mesh as its records have it: `status` reads nothing but them and the spec."""
    with _mesh.recorded(count) as session:
        paths = [session.embedded.git.path(name) for name in session.mesh.projects]
        command = [_mesh.MESHNEW, "status", "--json", "-C", str(session.mesh.root), "--as", "grace"]
        return [
            compare(
                f"status --json, {count} projects",
                lambda: subprocess.run(command, check=False, capture_output=True),
                lambda: _log(paths),
                target=1.0,
                times=times,
            )
        ]


def _log(paths: list[Path]) -> None:
    for path in paths:
        subprocess.run(["git", "-C", str(path), "log", "-1"], capture_output=True, check=True)
