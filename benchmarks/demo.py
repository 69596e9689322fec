"""`make demo`, its environment installed, against the load, Terraform and dbt by script.

The demo is the work of teams: each of their four changes is checked before it is merged. The
script is measured with those checks (the same work) and without (the same end).
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path

from benchmarks import _demo
from benchmarks._pairs import Result, cost


def measure(times: int) -> list[Result]:
    """A mesh from nothing to published products, as often as asked, each in a new folder."""
    same_work: list[float] = []
    same_end: list[float] = []
    detail = ""
    for _ in range(times):
        with tempfile.TemporaryDirectory(prefix="mesh-", ignore_cleanup_errors=True) as temporary:
            ours, theirs = Path(temporary, "ours"), Path(temporary, "theirs")
            ours.mkdir()
            theirs.mkdir()
            script = _demo.Script(theirs, ours)
            try:
                mine = cost(partial(_demo.demo, ours))
                _demo.keep_interfaces(ours)
                _demo.stop(ours)
                base = cost(script.run)
            finally:
                for folder in (ours, theirs):
                    _demo.stop(folder)
                    with suppress(OSError):
                        shutil.rmtree(folder)
        same_work.append(mine.wall / base.wall)
        same_end.append(mine.wall / (base.wall - script.checks))
        detail = (
            f"last {mine.wall:.0f} s against {base.wall:.0f} s, of which checks "
            f"{script.checks:.0f} s; of processor time {mine.cpu / base.cpu:.2f}; {times} pairs"
        )
    return [
        Result("demo, the same work by script", statistics.median(same_work), 1.15, detail),
        Result("demo, the same end by script", statistics.median(same_end), 1.15, detail),
    ]
