"""meshnew product list | show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from meshnew.cli import _completion
from meshnew.cli._commands import Group
from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import escape, show, watcher

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.product import Lineage, ProductView

app = typer.Typer(
    no_args_is_help=True,
    cls=Group,
    rich_markup_mode=None,
    help="Find data products and see what they promise.",
)


@app.command("list")
def list_(
    domain: Annotated[
        str | None,
        typer.Option(
            "--domain",
            "-d",
            help="Only products of this domain.",
            autocompletion=_completion.domains,
        ),
    ] = None,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """List the data products of the mesh.

    Example: `meshnew product list --domain flights`
    """
    from meshnew.operations.product import list_products
    from meshnew.operations.session import open_session

    found = list_products(open_session(folder, actor, "product list", watcher()), domain)
    show(as_json, [view.to_json() for view in found], lambda console: _listed(console, found))


@app.command("show")
def show_(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="Its name, DOMAIN.NAME or PROJECT.NAME; .v1 after it for that version.",
            autocompletion=_completion.products,
        ),
    ],
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Show a data product: address, owner, columns, tests, age, who reads it, what it is made from.

    It ends with the eight characteristics of a data product: which it has, what it lacks of the
    others, and the command or file that mends that.

    Example: `meshnew product show flights.delays`
    """
    from meshnew.operations.product import show_product
    from meshnew.operations.session import open_session

    view = show_product(open_session(folder, actor, "product show", watcher()), name)
    show(as_json, view.to_json(), lambda console: _shown(console, view))


def _listed(console: Console, found: list[ProductView]) -> None:
    from rich.table import Table

    if not found:
        console.print("No data product is published yet.")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("product", "address", "owner", "rows", "built", "passed", "read by"):
        table.add_column(
            column,
            overflow="fold",
            justify="right" if column == "rows" else "left",
            no_wrap=column in ("product", "address"),
        )
    for view in found:
        table.add_row(
            view.promise.label,
            view.promise.relation,
            view.owner["name"] if view.owner else "-",
            _rows(view),
            (view.state.get("built_at") or "-")[:10] if view.state.get("built") else "not yet",
            _tests_in_short(view),
            ", ".join(view.consumers) or "-",
        )
    console.print(table)


def _shown(console: Console, view: ProductView) -> None:
    promise = view.promise
    console.print(f"[bold]{escape(view.key)}[/]")
    if promise.description:
        console.print(f"{escape(promise.description)}\n")
    owner = f"{view.owner['name']} <{view.owner['email']}>" if view.owner else "-"
    facts = {
        "address": promise.relation,
        "in a model": "{{ " + view.ref + " }}",
        "domain": f"{view.domain}, in project {view.project}",
        "owner": owner,
        "versions": _versions(view),
        "rows": _rows(view),
        "built": _when(view.state.get("built_at")) if view.state.get("built") else "not yet",
        "contract": "enforced" if promise.contract else "none: columns may change",
        "read by": ", ".join(view.consumers) or "nobody",
    }
    for name, value in facts.items():
        if value:
            console.print(f"  {name:<11} {escape(value)}")
    _columns(console, view)
    _tests(console, view.state.get("tests", []))
    _sources(console, view.state.get("sources", []))
    _lineage(console, view.lineage)
    _characteristics(console, view)


def _columns(console: Console, view: ProductView) -> None:
    columns = view.promise.columns
    console.print("\ncolumns" if columns else "\nno columns are declared")
    wide = max((len(column.name) for column in columns), default=0)
    typed = max((len(column.data_type) for column in columns), default=0)
    for column in columns:
        text = " ".join(column.description.split())
        line = f"  {column.name:<{wide}}  {column.data_type:<{typed}}  {text}"
        console.print(line.rstrip(), markup=False)


def _tests(console: Console, tests: list[dict[str, Any]]) -> None:
    console.print("\ntests" if tests else "\nno tests")
    marks = {"pass": "[green]✓[/]", "warn": "[yellow]![/]", None: "[dim]…[/]"}
    for test in tests:
        mark = marks.get(test["status"], "[red]✗[/]")
        column = f" of {test['column']}" if test["column"] else ""
        rows = f", {test['rows']} rows offend" if test["rows"] else ""
        result = f"{test['status']} {_when(test['at'])}{rows}" if test["status"] else "not run yet"
        console.print(f"  {mark} {escape(test['name'] + column)} [dim]{escape(result)}[/]")


def _sources(console: Console, sources: list[dict[str, Any]]) -> None:
    if not sources:
        return
    console.print("\nsources")
    for source in sources:
        fresh = (
            f"{source['status']} {_when(source['at'])}: {source['message']}"
            if source["status"]
            else "freshness not asked yet"
        )
        console.print(f"  {source['relation']}  {fresh}", markup=False)


def _lineage(console: Console, lineage: Lineage) -> None:
    from rich.tree import Tree

    if not lineage.upstream:
        return

    def grow(tree: Tree, item: Lineage) -> None:
        for above in item.upstream:
            gone = "" if above.relation else " [red]is published no more[/]"
            branch = tree.add(f"{escape(above.key)}{gone}")
            for source in above.sources:
                branch.add(f"[dim]source {escape(source)}[/]")
            grow(branch, above)

    console.print("\nmade from")
    tree = Tree(escape(lineage.key))
    grow(tree, lineage)
    console.print(tree)


def _characteristics(console: Console, view: ProductView) -> None:
    found = view.characteristics
    console.print(f"\n{sum(not item.lacks for item in found)} of {len(found)} characteristics")
    wide = max(len(item.name) for item in found)
    for item in found:
        mark = "[red]✗[/]" if item.lacks else "[green]✓[/]"
        texts = [lack.what for lack in item.lacks] or [""]
        console.print(f"  {mark} {item.name:<{wide}}  {escape(texts[0])}".rstrip())
        for number, lack in enumerate(item.lacks):
            if number:
                console.print(f"    {'':<{wide}}  {escape(lack.what)}")
            console.print(f"    {'':<{wide}}    [dim]{escape(lack.mend)}[/]")


def _versions(view: ProductView) -> str:
    told = []
    for product in view.versions:
        if product.version is not None:
            notes = ["latest"] if product.version == product.latest_version else []
            notes += [f"gone from {product.deprecation_date}"] if product.deprecation_date else []
            told.append(f"v{product.version}" + (f" ({', '.join(notes)})" if notes else ""))
        elif product.deprecation_date:
            told.append(f"none, gone from {product.deprecation_date}")
    return ", ".join(told)


def _rows(view: ProductView) -> str:
    rows = view.state.get("rows")
    return "-" if rows is None else f"{rows:,}"


def _tests_in_short(view: ProductView) -> str:
    tests = view.state.get("tests", [])
    passed = sum(test["status"] in ("pass", "warn") for test in tests)
    return f"{passed} of {len(tests)}" if tests else "none"


def _when(at: str | None) -> str:
    return at[:16].replace("T", " ") if at else "-"
