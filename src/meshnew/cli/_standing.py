"""Where projects stand on a hosted forge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from meshnew.cli._output import escape, show

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.forge import Change
    from meshnew.operations.proposed import Standing

_MARKS = {"deployed": "[green]✓[/]", "failed": "[red]✗[/]", "differs": "[yellow]~[/]"}


def print_all_standings(found: Sequence[Standing], as_json: bool) -> None:
    """A line for each project, what is open in its repository, and what differs."""
    show(as_json, [item.to_json() for item in found], lambda console: _render(console, found, None))


def print_standings(found: Sequence[Standing], opened: Change | None, as_json: bool) -> None:
    """A line for each, and what takes it on; before them the change that was opened."""
    data = {
        "change": opened.number if opened else None,
        "projects": [item.to_json() for item in found],
    }
    show(as_json, data, lambda console: _render(console, found, opened))


def _render(console: Console, found: Sequence[Standing], opened: Change | None) -> None:
    if opened:
        console.print(
            f"[yellow]change {opened.number}[/] of the mesh: {escape(opened.title)}. "
            "Merged, its CI applies it."
        )
    for item in found:
        console.print(f"{_MARKS.get(item.state, '[yellow]…[/]')} {escape(item.what)}")
        if item.fix:
            console.print(f"    {escape(item.fix)}")
        for number in item.changes:
            console.print(
                f"    change {number} is open: meshnew change show {item.project} {number}"
            )
        for text in item.differs:
            console.print(f"    [yellow]~[/] {escape(text)}")
