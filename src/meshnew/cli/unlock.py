"""meshnew unlock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import show, watcher

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.stacks.unlock import Lock


def unlock(folder: Folder = HERE, actor: As = None, as_json: Json = False) -> None:
    """Remove Terraform's locks that killed processes left; refused while a holder lives.

    Example: `meshnew unlock`
    """
    from meshnew.operations.session import open_session
    from meshnew.operations.stacks.unlock import unlock as carry_out

    found = carry_out(open_session(folder, actor, "unlock", watcher()))
    show(as_json, [lock.to_json() for lock in found], lambda console: _render(console, found))


def _render(console: Console, found: list[Lock]) -> None:
    if not found:
        console.print("Nothing is locked.")
    for lock in found:
        text = f"Unlocked {lock.stack}: {lock.operation} by {lock.who} since {lock.since}"
        console.print(text, markup=False)
