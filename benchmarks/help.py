"""`meshnew --help` against `copier --help`, from the same environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks._pairs import Result, compare


def measure(times: int) -> list[Result]:
    """How long a person waits for the first thing they ask."""

    def run(name: str) -> None:
        command = [str(Path(sys.executable).with_name(name)), "--help"]
        subprocess.run(command, check=True, capture_output=True)

    return [
        compare(
            "meshnew --help",
            lambda: run("meshnew"),
            lambda: run("copier"),
            target=0.35,
            times=times,
        )
    ]
