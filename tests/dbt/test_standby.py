"""dbt starts while it is not yet known what for, and is gone with the command that started it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from meshnew.dbt import standby
from meshnew.dbt.job import execute

from .conftest import Mesh

psutil = pytest.importorskip("psutil", reason="psutil finds the processes of dbt")

WAITS = """
from pathlib import Path
from meshnew.dbt import standby
standby.start(Path({python!r}))
print(standby._waiting[Path({python!r})].pid, flush=True)
{then}
"""


def processes() -> list[int]:
    """Processes of dbt that this one has started."""
    children = psutil.Process().children()
    return [child.pid for child in children if "_process.py" in " ".join(child.cmdline())]


def begin(python: Path, then: str) -> tuple[subprocess.Popen[str], int]:
    """A command that has dbt on standby, and dbt's process number."""
    script = WAITS.format(python=str(python), then=then)
    command = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert command.stdout
    return command, int(command.stdout.readline())


def ends(pid: int) -> bool:
    for _ in range(200):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    return False


def test_a_job_takes_what_is_on_standby(mesh: Mesh) -> None:
    mesh.checkout("little", {"models/little/one.sql": "select 1 as x"})
    standby.start(mesh.python)
    standby.start(mesh.python)
    waiting = processes()
    assert len(waiting) == 1
    seen: list[int] = []
    assert execute(mesh.job("little"), lambda _: seen.extend(processes())).ok
    assert set(seen) == set(waiting)
    assert mesh.sql("select x from little.one") == [(1,)]
    assert processes() == []


def test_a_job_that_another_follows_has_dbt_started_for_it(mesh: Mesh) -> None:
    mesh.checkout("little", {"models/little/one.sql": "select 1 as x"})
    with standby.another():
        assert execute(mesh.job("little")).ok
    waiting = processes()
    assert len(waiting) == 1
    assert execute(mesh.job("little")).ok
    assert processes() == []
    assert execute(mesh.job("little")).ok
    assert processes() == []


def test_one_that_died_on_standby_is_in_nobodys_way(mesh: Mesh) -> None:
    mesh.checkout("little", {"models/little/one.sql": "select 1 as x"})
    standby.start(mesh.python)
    for pid in processes():
        psutil.Process(pid).kill()
        assert ends(pid)
    assert execute(mesh.job("little")).ok


def test_what_nobody_took_ends_with_the_command(dbt_python: Path) -> None:
    command, pid = begin(dbt_python, "")
    assert command.wait() == 0
    assert not psutil.pid_exists(pid)


def test_it_does_not_outlive_a_killed_command(dbt_python: Path) -> None:
    command, pid = begin(dbt_python, "import time; time.sleep(60)")
    command.kill()
    command.wait()
    assert ends(pid)
