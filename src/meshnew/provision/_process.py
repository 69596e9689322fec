"""The engine's processes: an interruption lets them end by themselves, their state written."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from python_terraform import Terraform

from meshnew import interrupt


class Interruptible(Terraform):  # type: ignore[misc]
    """python-terraform whose commands are told when somebody presses Ctrl-C.

    Without variables: for none it would write a file too, for each command, and leave it.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.variables = None

    def cmd(self, cmd: str, *args: Any, **kwargs: Any) -> tuple[int, str, str]:
        """Run a command to its end: exit code, output, errors."""
        command = self.generate_cmd_string(cmd, *args, **kwargs)
        with start(command, Path(self.working_dir)) as process:
            out, error = process.communicate()
        return process.returncode, out, error


@contextmanager
def start(command: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process of the engine in a stack's folder; the block reads what it says.

    In a session of its own: told twice, as by a terminal and by us, Terraform would end
    at once and leave its state unwritten.
    """
    with interrupt.started(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        yield process
