"""Few cases in which every pair of values of different parameters occurs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, product
from typing import Any

Case = dict[str, Any]
Pair = tuple[tuple[str, Any], tuple[str, Any]]


def pairwise(
    parameters: Mapping[str, Sequence[Any]], allowed: Callable[[Case], bool]
) -> list[Case]:
    """Cases that together hold every pair that any allowed case holds; always the same ones.

    Takes, again and again, the case that holds most of the pairs still missing.

    Args:
        parameters: name -> its values, which can be hashed.
        allowed: whether a case makes sense.
    """
    names = list(parameters)
    every = [dict(zip(names, values, strict=True)) for values in product(*parameters.values())]
    possible = [(case, _pairs(case)) for case in every if allowed(case)]
    missing = set().union(*(pairs for _, pairs in possible))
    chosen = []
    while missing:
        case, pairs = max(possible, key=lambda item: len(item[1] & missing))
        chosen.append(case)
        missing -= pairs
    return chosen


def _pairs(case: Case) -> set[Pair]:
    return set(combinations(case.items(), 2))
