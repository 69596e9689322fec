"""Work that one process does at a time."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import Timeout

from meshnew.errors import UsageError
from meshnew.operations.locks import alone

BUSY = UsageError("another one is at it", fix="Wait.")


def test_who_comes_second_is_told_so_and_not_made_to_wait(tmp_path: Path) -> None:
    path = tmp_path / "work" / "due.lock"
    with alone(path, BUSY), pytest.raises(UsageError, match="another one"), alone(path, BUSY):
        pytest.fail("both at once")
    with alone(path, BUSY):
        pass


def test_a_lock_that_the_work_waits_for_in_vain_is_not_taken_for_this_one(tmp_path: Path) -> None:
    with pytest.raises(Timeout), alone(tmp_path / "lock", BUSY):
        raise Timeout("another lock")
    with alone(tmp_path / "lock", BUSY):
        pass
