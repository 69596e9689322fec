"""`meshnew plan --all` with the inputs of the last apply, against a loop of `terraform plan`."""

from __future__ import annotations

import subprocess
from functools import partial

from benchmarks import _engines, _mesh
from benchmarks._pairs import Result, compare


def measure(times: int, count: int = 100) -> list[Result]:
    """Both ways of planning, each against the loop over the same stacks."""
    with _mesh.applied(count) as session:
        home = session.mesh.home
        folders = [
            home / "stacks" / stack.layer / stack.name for stack in _mesh.stacks(session.reloaded())
        ]
        command = [_mesh.MESHNEW, "plan", "--all", "--json", "--as", "grace"]

        def ours(*flags: str) -> None:
            given = [*command, *flags, "-C", str(session.mesh.root)]
            done = subprocess.run(given, check=False, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(done.stdout + done.stderr)

        with _engines.warm(session):
            return [
                compare(
                    f"plan --all{' ' + flag if flag else ''}, {count} projects",
                    partial(ours, *[flag] if flag else []),
                    lambda: _engines.plan(folders),
                    target=target,
                    times=times,
                    warm=False,
                )
                for flag, target in (("--changed-only", 0.05), ("", 0.55))
            ]
