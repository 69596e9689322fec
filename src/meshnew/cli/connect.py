"""meshnew connect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meshnew.cli import _completion
from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import escape, show, watcher

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.connect import Access

_TOOLS = {
    "psql": "psql",
    "python": "Python, with psycopg",
    "sqlalchemy": "SQLAlchemy, Superset and what else takes its address",
    "url": "any tool that uses libpq",
    "jdbc": "DBeaver and other tools on JDBC, which knows no unix socket by itself: add the "
    "jars of junixsocket to the driver's libraries, and give it the password",
    "dbt": "dbt, in the project's own environment",
}


def connect(
    who: Annotated[
        str,
        typer.Argument(
            metavar="WHO",
            help="A reader of mesh.yml, a member, or a domain's loader.",
            autocompletion=_completion.logins,
        ),
    ],
    folder: Folder = HERE,
    password: Annotated[
        bool, typer.Option("--password", help="Print WHO's password, and nothing else.")
    ] = False,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Show how WHO connects to the warehouse, and what they may read there.

    Example: `meshnew connect tableau`
    """
    from meshnew.operations.connect import connect as look
    from meshnew.operations.session import open_session

    found = look(open_session(folder, actor, "connect", watcher()), who, password=password)
    show(as_json, found.to_json(), lambda console: _render(console, found))


def _render(console: Console, found: Access) -> None:
    if found.password:
        console.print(found.password, markup=False, highlight=False, soft_wrap=True)
        return
    console.print(f"[bold]{found.who}[/] [dim]{escape(found.what)}[/]")
    console.print(f"    host      {escape(found.host)} [dim](folder of a unix socket)[/]")
    console.print(f"    port      {found.port}")
    console.print(f"    user      {found.who}")
    console.print(f"    database  {found.database}")
    console.print(
        f"    password  in {found.passfile}, where the lines below find it; or see: "
        f"meshnew connect {found.who} --password",
        markup=False,
        soft_wrap=True,
    )
    for verb, schemas in (("reads", found.reads), ("writes", found.writes)):
        if schemas:
            console.print(f"[bold]{verb}[/] {', '.join(schemas)}")
    if not found.reads and not found.writes:
        console.print("[bold]reads[/] nothing: no file of the spec lets them")
    for product in found.products:
        console.print(f"    {escape(product)}")
    for tool, line in found.lines.items():
        console.print(f"[bold]{_TOOLS[tool]}[/]")
        console.print(f"    {line}", markup=False, soft_wrap=True)
