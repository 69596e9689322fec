"""Work that one process does at a time; whoever comes second does not wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meshnew.errors import MeshnewError


@contextmanager
def alone(path: Path, refusal: MeshnewError) -> Iterator[None]:
    """Hold a lock while the block lasts.

    Args:
        path: its file, made where it is not there.
        refusal: raised where another process holds it.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    # Only this: the block may wait for locks of its own, in vain.
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise refusal from None
    try:
        yield
    finally:
        lock.release()
