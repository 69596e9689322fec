"""How cost grows from 10 to 1,000 projects: the spec loaded, stacks composed, status told.

Processor time of this process alone, the best of some tries. Between 100 and 1,000 projects a
project may not become dearer than `SLACK` allows. `tests/operations/test_growth.py` counts the
same on every machine alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks import _mesh
from benchmarks._pairs import Result
from meshnew.mesh.load import load
from meshnew.operations import records
from meshnew.operations.session import Session
from meshnew.operations.status import status

SIZES = (10, 30, 100, 300, 1000)
SLACK = 1.5


def measure(times: int) -> list[Result]:
    """A line of the curve for each: milliseconds of processor time by size."""
    curves: dict[str, dict[int, float]] = {"spec": {}, "compose": {}, "status": {}}
    for size in SIZES:
        with _mesh.written(size) as session:
            for stack in _mesh.stacks(session):
                records.stack_applied(session, stack.layer, stack.name, stack.digest, "terraform")
            for name, work in _works(session).items():
                curves[name][size] = min(_milliseconds(work) for _ in range(times))
    return [_line(name, curve) for name, curve in curves.items()]


def _works(session: Session) -> dict[str, Callable[[], object]]:
    return {
        "spec": lambda: load(session.mesh.root),
        "compose": lambda: [stack.digest for stack in _mesh.stacks(session.reloaded())],
        "status": lambda: status(session),
    }


def _line(name: str, curve: dict[int, float]) -> Result:
    each = (curve[1000] / 1000) / (curve[100] / 100)
    detail = ", ".join(f"{size}: {found:.0f} ms" for size, found in curve.items())
    return Result(f"{name}, cost of a project among 1000 to among 100", each, SLACK, detail)


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began)
