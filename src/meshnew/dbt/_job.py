"""What a dbt job runs, where, and as whom."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from meshnew.dbt.text import scrubber

FRESHNESS = "source freshness"
"""The step that asks how old the sources are."""


@dataclass(frozen=True)
class Job:
    """What to run.

    Attributes:
        project: its name, which is the name of its dbt project.
        folder: its checkout; dbt's target/ stays there, so that the next parse is short.
        profiles_dir: folder of profiles.yml.
        python: interpreter of its environment (`environment.prepare`).
        target: dbt target: `prod`, `ci` or `dev`.
        environ: variables set on top of the current ones: connection, git's rewriting.
        artifacts: folder for manifest.json, run_results.json, dbt.log and queries/.
        package: the mesh's internal package, which the project imports.
        args: what the user adds to the dbt command of the last steps.
        steps: dbt commands in order; `deps` and `parse` come first where they are named.
    """

    project: str
    folder: Path
    profiles_dir: Path
    python: Path
    target: str
    environ: Mapping[str, str]
    artifacts: Path
    package: str = "mesh_core"
    args: tuple[str, ...] = ()
    steps: tuple[str, ...] = ("deps", "parse", "build")

    @property
    def later_steps(self) -> list[str]:
        """Those that need a project that was parsed."""
        return [step for step in self.steps if step not in ("deps", "parse")]

    @property
    def scrub(self) -> Callable[[str], str]:
        """Takes this machine's paths and secrets out of a text."""
        return scrubber({**os.environ, **self.environ}, self.folders)

    @property
    def folders(self) -> list[tuple[Path, str]]:
        """Folders of this machine that dbt may name, and what to call them."""
        environment = self.python.parent.parent
        return [
            (environment, "<environment>"),
            (self.artifacts, "artifacts"),
            (self.profiles_dir, "profiles"),
            (self.folder, ""),  # last: it may be the folder of profiles too
        ]

    @property
    def flags(self) -> list[str]:
        """What every dbt command of the job is given."""
        paths = ["--project-dir", ".", "--profiles-dir", str(self.profiles_dir)]
        log = ["--log-path", str(self.artifacts), "--log-level", "none"]
        log += ["--log-level-file", "debug"]
        return [*paths, "--target", self.target, *log, "--no-use-colors"]

    @property
    def variables(self) -> list[str]:
        """The user's `--vars`: they decide how the project parses."""
        found: list[str] = []
        for index, arg in enumerate(self.args):
            if arg == "--vars":
                found += self.args[index : index + 2]
            elif arg.startswith("--vars="):
                found.append(arg)
        return found


def ci_steps(*, state: str, evaluated: bool = False) -> tuple[str, ...]:
    """The dbt commands that check a change.

    Args:
        state: folder of production's manifest; empty where there is none, so that all is built.
        evaluated: whether dbt_project_evaluator looks at the structure as well.
    """
    compare = f" --select state:modified+ --defer --state {state}" if state else ""
    if not evaluated:
        return ("deps", "parse", f"build{compare}")
    evaluator = "package:dbt_project_evaluator"
    return ("deps", "parse", f"build{compare} --exclude {evaluator}", f"build --select {evaluator}")
