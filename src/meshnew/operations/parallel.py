"""Do the same to independent things at once."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

from meshnew.errors import MeshnewError

T = TypeVar("T")
R = TypeVar("R")

WORKERS = max(2, os.cpu_count() or 2)
ENGINES = min(2 * WORKERS, 8)
"""Terraform waits for the platform half of its time."""


def told(work: Callable[[T], R], count: int, at: Callable[[str], None]) -> Callable[[T], R]:
    """The same work, which tells how many of `count` things are done, and which was last."""
    done = itertools.count(1)

    def one(thing: T) -> R:
        result = work(thing)
        at(f"{next(done)}/{count} {thing}")
        return result

    return one


def each(work: Callable[[T], R], items: Iterable[T], *, workers: int = WORKERS) -> list[R]:
    """Results in the order of the items.

    All items are tried even when one fails, so that nothing is left half done
    for a reason of another.

    Raises:
        MeshnewError: at least one failed; one error that holds all their messages.
    """
    things = list(items)
    if len(things) == 1:
        return [work(things[0])]
    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures = [pool.submit(work, item) for item in things]
        try:
            wait(futures)
        except BaseException:  # Ctrl-C: what runs is ending, what waits shall not begin
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    failures = [error for future in futures if (error := future.exception())]
    for error in failures:
        if not isinstance(error, MeshnewError):
            raise error
    if len(failures) > 1:
        first = failures[0]
        assert isinstance(first, MeshnewError)  # noqa: S101
        raise type(first)("\n".join(str(error) for error in failures))
    if failures:
        raise failures[0]
    return [future.result() for future in futures]


@contextmanager
def meanwhile(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Do something else while the block runs; it yields what waits for the result of that.

    Raises:
        MeshnewError: it failed, and the block did not.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        future = pool.submit(work)
        yield future.result
    future.result()
