"""meshnew status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import show, watcher

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.status import ProjectStatus


def status(folder: Folder = HERE, actor: As = None, as_json: Json = False) -> None:
    """Where every project stands, from the records.

    Exit code 3 where anything is pending.

    Example: `meshnew status --json`
    """
    from meshnew.operations.session import open_session
    from meshnew.operations.status import status as look

    found = look(open_session(folder, actor, "status", watcher()))
    show(as_json, [item.to_json() for item in found], lambda console: _render(console, found))
    if any(item.pending for item in found):
        raise typer.Exit(3)


def _product(product: dict[str, Any]) -> str:
    version = product["version"]
    return f"{product['name']} v{version}" if version is not None else str(product["name"])


def _render(console: Console, found: list[ProjectStatus]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("project", "template", "state", "data products", "last run"):
        table.add_column(column, overflow="fold")
    for item in found:
        run = item.last_run
        when = f"{run.started_at:%Y-%m-%d %H:%M} {run.state}" if run else "-"
        table.add_row(
            item.name,
            item.template_version or "-",
            "[yellow]" + "; ".join(item.pending) if item.pending else "[green]provisioned",
            "\n".join(_product(product) for product in item.products) or "-",
            when,
        )
    console.print(table)
