"""meshnew status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import escape, show, watcher

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.session import Session
    from meshnew.operations.status import ProjectStatus


def status(
    refresh: Annotated[
        bool,
        typer.Option(
            "--refresh", help="Compare everything with the platform first, to find drift."
        ),
    ] = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Where every project stands, from the records.

    With `--refresh` the platform itself is looked at: what was changed there behind the
    spec's back is named, and `meshnew apply --all` heals it. Exit code 3 where anything is
    pending or drifted. On hosted platforms the forge is asked, and with `--refresh` Terraform.

    Example: `meshnew status --refresh`
    """
    if as_json and not refresh:
        from meshnew.operations import again

        if (known := again.told(folder, "status")) is not None:
            show(True, known, lambda _: None)
            _end(any(item["pending"] or item["drift"] for item in known))
            return
    from meshnew.operations.session import open_session
    from meshnew.operations.status import answer
    from meshnew.operations.status import status as look

    session = open_session(folder, actor, "status", watcher(), hosted=True)
    if session.mesh.spec.hosted:
        _hosted(session, refresh, as_json)
        return
    if refresh:
        from meshnew.operations.stacks import drift

        edits = drift.look(session)
        found = look(session.reloaded(), edits)
    else:
        found = answer(session)
    show(as_json, [item.to_json() for item in found], lambda console: _render(console, found))
    _end(any(item.pending or item.drift for item in found))


def _hosted(session: Session, refresh: bool, as_json: bool) -> None:
    from meshnew.cli._standing import print_all_standings
    from meshnew.operations.standings import standings

    told = standings(session, refresh=refresh)
    print_all_standings(told, as_json)
    _end(not all(item.settled for item in told))


def _end(pending: bool) -> None:
    if pending:
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
            _state(item),
            "\n".join(_product(product) for product in item.products) or "-",
            when,
        )
    console.print(table)
    _list(console, "Changed behind the spec's back:", "red", [d for i in found for d in i.drift])
    if any(item.drift for item in found):
        console.print("  heal it: meshnew apply --all")
    edits = [f"apply {text}" for item in found for text in item.edits]
    _list(console, "Edited in the spec and not applied:", "yellow", edits)
    console.print(f"[dim]{_age(found)}[/]")


def _state(item: ProjectStatus) -> str:
    pending = [*item.pending, *(["drifted"] if item.drift else [])]
    if pending:
        return "[yellow]" + escape("; ".join(pending))
    in_a_project = item.repository or item.kind == "mesh"
    return "[green]provisioned" if in_a_project else "[dim]in no project, kept for its data"


def _list(console: Console, title: str, colour: str, lines: list[str]) -> None:
    if lines:
        console.print(title)
    for line in dict.fromkeys(lines):
        console.print(f"  [{colour}]~[/] {escape(line)}")


def _age(found: list[ProjectStatus]) -> str:
    """How old the records are: what was applied or looked at longest ago."""
    looked = [(item.looked_at, item.name) for item in found if item.looked_at]
    applied = [item.applied_at for item in found if item.applied_at]
    if not looked:
        return "From the records; the platform was not looked at yet: meshnew status --refresh"
    oldest, name = min(looked)
    return (
        f"From the records: last applied {max(applied):%Y-%m-%d %H:%M}, last looked at "
        f"{oldest:%Y-%m-%d %H:%M} ({name} longest ago); anew: meshnew status --refresh"
    )
