"""Ours against a baseline: run in turn, so that a loaded machine slows both; medians of ratios."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True)
class Cost:
    """What one run took: seconds on the clock, and of all processors, its children's too."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Result:
    """One line of the table.

    Attributes:
        name: the measure.
        value: what is held against `target`: a median ratio, unless `unit` says otherwise.
        target: the most it may be.
        detail: what the ratio was made of.
    """

    name: str
    value: float
    target: float
    detail: str = ""
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether the target is met."""
        return self.value <= self.target

    def __str__(self) -> str:
        number = f"{self.value:.0f}" if self.unit else f"{self.value:.3f}"
        verdict = "holds" if self.holds else "NOT MET"
        return f"{self.name}: {number}{self.unit} (<= {self.target:g}{self.unit}) {verdict}; " + (
            self.detail
        )


def cost(work: Work) -> Cost:
    """Run something once."""
    before, began = os.times(), time.perf_counter()
    work()
    wall, after = time.perf_counter() - began, os.times()
    return Cost(wall, sum(after[:4]) - sum(before[:4]))


def compare(
    name: str,
    ours: Work,
    baseline: Work,
    *,
    target: float,
    times: int,
    warm: bool = True,
    between: Work = lambda: None,
) -> Result:
    """The median of the ratios of clock seconds of `times` pairs.

    Args:
        name: the measure.
        ours: what meshnew does.
        baseline: what the engines do by script.
        target: the most the ratio may be.
        times: how many pairs.
        warm: run both once before, uncounted.
        between: what puts things back, uncounted, before each run.
    """
    pairs: list[tuple[Cost, Cost]] = []
    for turn in range(times + warm):
        found: dict[str, Cost] = {}
        # Whoever comes first may find colder caches: they take turns at it.
        for who, work in (("ours", ours), ("base", baseline))[:: 1 if turn % 2 else -1]:
            between()
            found[who] = cost(work)
        if turn >= warm:
            pairs.append((found["ours"], found["base"]))
    ratios = [a.wall / b.wall for a, b in pairs]
    cpu = statistics.median(a.cpu / max(b.cpu, 1e-9) for a, b in pairs)
    mine = statistics.median(a.wall for a, _ in pairs)
    theirs = statistics.median(b.wall for _, b in pairs)
    detail = (
        f"{mine:.2f} s against {theirs:.2f} s, ratios {min(ratios):.3f} to {max(ratios):.3f}, "
        f"of processor time {cpu:.3f}, {times} pair{'' if times == 1 else 's'}"
    )
    return Result(name, statistics.median(ratios), target, detail)
