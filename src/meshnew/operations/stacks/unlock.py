"""unlock: remove the notes of Terraform's locks whose holders are dead."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshnew.errors import ConflictError
from meshnew.operations.locks import alone
from meshnew.operations.session import Session

_NOTE = ".terraform.tfstate.lock.info"
_STATE = "terraform.tfstate"


@dataclass(frozen=True)
class Lock:
    """A note that Terraform left beside a state it held.

    Attributes:
        stack: layer and name.
        operation: what Terraform did.
        who: user and machine.
        since: when it began.
        file: the note.
    """

    stack: str
    operation: str
    who: str
    since: str
    file: Path

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "stack": self.stack,
            "operation": self.operation,
            "who": self.who,
            "since": self.since,
        }


def unlock(session: Session) -> list[Lock]:
    """Remove the notes that processes which were killed left; those that were removed.

    Raises:
        ConflictError: a holder lives, or another command provisions; nothing was removed.
    """
    refusal = ConflictError(
        "another meshnew command is provisioning, and lives",
        where=session.mesh.spec.name,
        fix="Wait for it to end, or end it: Ctrl-C where it runs. `ps` shows it.",
    )
    with alone(session.mesh.home / "provision.lock", refusal):
        found = [_read(note) for note in sorted(session.mesh.home.glob(f"stacks/*/*/{_NOTE}"))]
        for lock in found:
            _refuse_held(lock)
        for lock in found:
            lock.file.unlink(missing_ok=True)
    return found


def _refuse_held(lock: Lock) -> None:
    if _is_held(lock.file.with_name(_STATE)):
        raise ConflictError(
            f"its state is held by a Terraform that lives: {lock.operation} by {lock.who} "
            f"since {lock.since}",
            where=lock.stack,
            fix="Wait for it to end, or end it; `ps` shows it. Then: meshnew unlock",
        )


def _is_held(state: Path) -> bool:
    """Whether a living process holds the state; the system frees what a dead one held."""
    import fcntl

    try:
        with state.open("r+b") as stream:
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _read(note: Path) -> Lock:
    try:
        told = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # killed while it was written
        told = {}
    operation, who, since = (
        str(told.get(key) or "unknown") for key in ("Operation", "Who", "Created")
    )
    return Lock(" ".join(note.parent.parts[-2:]), operation, who, since, note)
