"""meshnew doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import escape, show, watcher

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.doctor import Finding


def doctor(folder: Folder = HERE, actor: As = None, as_json: Json = False) -> None:
    """Check what meshnew stands on, and say how to mend what is wrong.

    Example: `meshnew doctor`
    """
    from dataclasses import asdict

    from meshnew.operations.doctor import examine

    findings = examine(folder, watcher())
    show(as_json, [asdict(item) for item in findings], lambda console: _render(console, findings))
    if not all(item.ok for item in findings):
        raise typer.Exit(1)


def _render(console: Console, findings: list[Finding]) -> None:
    for item in findings:
        mark = "[green]✓[/]" if item.ok else "[red]✗[/]"
        console.print(f"{mark} {item.name}: {escape(item.detail)}")
        if not item.ok:
            console.print(f"    [cyan]{escape(item.fix)}[/]")
