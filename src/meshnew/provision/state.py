"""A stack's Terraform state on disk: refused where it is strange, mended where a write was cut.

Terraform writes a local state over the old one. One that was killed, or had no room, leaves
half of it, beside a copy of what was there before it began.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from meshnew.errors import RequirementError
from meshnew.mesh.write import write_text

STATE = "terraform.tfstate"
STATE_VERSION = 4
_BEFORE = f"{STATE}.backup"
_ASIDE = "errored.tfstate"
"""Where Terraform puts a state that it could not write."""
_BUSY = ".applying"


@contextmanager
def applying(folder: Path) -> Iterator[None]:
    """Note that Terraform applies a stack; the note stays unless it ends well."""
    (folder / _BUSY).touch()
    yield
    settle(folder)


def settle(folder: Path) -> None:
    """Forget an apply that broke off: the state says all that there is."""
    for name in (_ASIDE, _BUSY):
        (folder / name).unlink(missing_ok=True)


def mend(folder: Path) -> None:
    """Put back the state of before an apply that broke off while it wrote one.

    What was made since is on the platform, and is adopted. A state that is broken for another
    reason is left for a person to see.
    """
    state, before = folder / STATE, folder / _BEFORE
    if not (folder / _BUSY).exists() or not state.exists() or _read(state) is not None:
        return
    if _read(before) is None:
        state.unlink()
    else:
        write_text(state, before.read_text(encoding="utf-8"))


def refuse_strange(folder: Path, label: str) -> None:
    """Refuse a state that Terraform could not read, or would read wrongly.

    Raises:
        RequirementError: it is not readable, or of a newer engine.
    """
    path = folder / STATE
    if not path.exists():
        return
    try:
        version = int((_read(path) or {})["version"])
    except (KeyError, TypeError, ValueError):
        raise RequirementError(
            f"its Terraform state {STATE} cannot be read",
            where=label,
            fix=f"Put {_BEFORE}, which lies beside it, in its place, then: meshnew plan",
        ) from None
    if version > STATE_VERSION:
        raise RequirementError(
            f"its Terraform state has version {version}, newer than {STATE_VERSION}",
            where=label,
            fix="Use the engine that wrote it, or upgrade meshnew.",
        )


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
