"""How `run --due` prints what it ran and what comes next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from meshnew.cli._tables import print_deployed

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.runs.due import Due, Scheduled


def print_due(console: Console, done: Due) -> None:
    """What ran, then when which job is due again."""
    if done.ran:
        print_deployed(console, done.ran)
    elif done.next:
        console.print("Nothing is due.")
    else:
        console.print("No job has a schedule: jobs of projects/NAME.yml")
    print_next(console, done.next)


def print_next(console: Console, jobs: Iterable[Scheduled]) -> None:
    """When each job is due."""
    for job in jobs:
        when = "now" if job.due else f"{job.next:%Y-%m-%d %H:%M} UTC"
        console.print(f"    [dim]next[/] {job.project} {job.name}: {when}")
