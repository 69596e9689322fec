"""meshnew add source | staging | product | domain | input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meshnew.cli import _add as views
from meshnew.cli import _completion
from meshnew.cli._add_spec import refs_of, settle
from meshnew.cli._commands import Group
from meshnew.cli._options import HERE, As, Deploys, Folder, Json, Yes
from meshnew.cli._output import notice, show, watcher

if TYPE_CHECKING:
    from pathlib import Path

    from meshnew.operations.adding.bench import Bench
    from meshnew.operations.session import Session

app = typer.Typer(
    no_args_is_help=True,
    cls=Group,
    rich_markup_mode=None,
    help="Write the next source, staging model, product, domain or input of a project.",
)

Project = Annotated[
    str | None,
    typer.Option(
        "--project",
        "-p",
        metavar="PROJECT",
        help="Project; inside its checkout it need not be named.",
        autocompletion=_completion.projects,
    ),
]
Tests = Annotated[
    list[str] | None,
    typer.Option("--test", metavar="KIND:COLUMN", help="Take this test; repeatable."),
]
NoTests = Annotated[bool, typer.Option("--no-tests", help="Take no tests.")]
Build = Annotated[
    bool, typer.Option("--build/--no-build", help="Build it in your own schema afterwards.")
]
Propose = Annotated[
    bool,
    typer.Option("--propose", help="Propose a change of the mesh instead of applying it."),
]


def _session(folder: Path, actor: str | None, kind: str) -> Session:
    from meshnew.operations.session import open_session

    return open_session(folder, actor, f"add {kind}", watcher())


def _bench(session: Session, project: str | None, folder: Path) -> Bench:
    from meshnew.operations.adding.bench import Bench
    from meshnew.operations.changes.change import require_project

    return Bench(session, require_project(session, project, folder))


@app.command()
def source(
    tables: Annotated[
        list[str] | None, typer.Argument(metavar="[TABLE]...", show_default=False)
    ] = None,
    domain: Annotated[str | None, typer.Option("--domain", help="Whose raw data.")] = None,
    project: Project = None,
    yes: Yes = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Declare raw tables: columns, types, comments, and freshness where they say when loaded.

    Example: `meshnew add source orders`
    """
    from meshnew.operations.adding import source as adding

    with _bench(_session(folder, actor, "source"), project, folder) as bench:
        whose = bench.domain(domain, folder)
        names = tables or views.pick_some(
            "Which raw tables?", list(adding.undeclared(bench, whose)), flag="TABLE"
        )
        draft = adding.declare(bench, whose, names)
        views.agree(draft, "Write this?", yes=yes, as_json=as_json)
        draft.write()
        following = [f"meshnew add staging {whose}_raw.{name.rpartition('.')[2]}" for name in names]
        views.written(draft, following, as_json)


@app.command()
def staging(
    table: Annotated[
        str | None, typer.Argument(metavar="[SOURCE.TABLE]", help="A declared raw table.")
    ] = None,
    test: Tests = None,
    no_tests: NoTests = False,
    build: Build = True,
    project: Project = None,
    yes: Yes = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Write the staging model of a raw table: columns renamed and typed, tests its rows pass.

    Example: `meshnew add staging sales_raw.orders`
    """
    from meshnew.operations.adding import staging as adding
    from meshnew.operations.adding.product import build as build_it

    with _bench(_session(folder, actor, "staging"), project, folder) as bench:
        name = table or views.pick("Which raw table?", adding.unstaged(bench), flag="SOURCE.TABLE")
        found = adding.inspect(bench, name)
        if not as_json:
            notice(lambda console: views.print_proposals(console, found.proposed))
        taken = views.tests(found.proposed, test, no_tests, yes)
        draft = adding.draft(bench, found, taken)
        views.agree(draft, "Write this?", yes=yes, as_json=as_json)
        draft.write()
        model = found.declared.model
        if build:
            build_it(bench, model)
        following = [f'meshnew add product NAME --from {model} --description "What it is"']
        views.written(draft, following, as_json, built=model if build else None)


@app.command()
def product(
    name: Annotated[
        str | None, typer.Argument(metavar="[MART]", help="A model in marts, or a new one.")
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option("--from", metavar="MODEL", help="Make a new mart of this model first."),
    ] = None,
    description: Annotated[
        str | None, typer.Option("--description", "-d", help="What it is, and for whom.")
    ] = None,
    row: Annotated[str | None, typer.Option("--row", help="What one row is.")] = None,
    limits: Annotated[
        str | None, typer.Option("--limits", help="What the data does not say.")
    ] = None,
    test: Tests = None,
    no_tests: NoTests = False,
    maturity: Annotated[int, typer.Option(min=0, max=5, help="How mature it is.")] = 1,
    fresh_within: Annotated[
        int, typer.Option(min=1, metavar="HOURS", help="Hours within which it is fresh.")
    ] = 24,
    exposure: Annotated[
        str | None, typer.Option("--exposure", metavar="LABEL", help="A report that uses it.")
    ] = None,
    build: Build = True,
    project: Project = None,
    yes: Yes = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Make a mart a data product: contract, version, tests its rows pass, doc block, owner.

    The mart is built in your own schema first, and its rows are looked at.

    Example: `meshnew add product orders --from stg_sales__orders -d "All orders, for planners"`
    """
    from meshnew.operations.adding import product as adding
    from meshnew.operations.adding import product_files as files

    with _bench(_session(folder, actor, "product"), project, folder) as bench:
        named = name or views.pick("Which mart?", adding.marts(bench), flag="MART")
        mart = adding.inspect(bench, named, origin)
        if not as_json:
            notice(lambda console: views.print_proposals(console, mart.proposed))
        if not mart.entry.get("description"):
            description = views.answer(
                "What is it, and for whom", description, flag="--description"
            )
        taken = views.tests(mart.proposed, test, no_tests, yes)
        wishes = files.Wishes(description, row, limits, taken, maturity, fresh_within, exposure)
        draft = files.draft(bench, mart, wishes)
        views.agree(draft, "Write this?", yes=yes, as_json=as_json)
        draft.write()
        if build:
            adding.build(bench, named)
        views.written(draft, _proposing(named), as_json, built=named if build else None)


def _proposing(name: str) -> list[str]:
    branch = name.replace("_", "-")
    return [
        f"git switch -c {branch} && git add --all && git commit -m 'Add {name}'",
        f"git push -u origin {branch} && meshnew change open",
    ]


@app.command()
def domain(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new domain.")],
    description: Annotated[
        str | None, typer.Option("--description", "-d", help="What its data is about.")
    ] = None,
    owner_name: Annotated[
        str | None, typer.Option("--owner-name", help="Who answers for the data.")
    ] = None,
    owner_email: Annotated[
        str | None, typer.Option("--owner-email", help="Where questions go.")
    ] = None,
    team: Annotated[str | None, typer.Option("--team", help="Its team on the forge.")] = None,
    member: Annotated[
        list[str] | None, typer.Option("--member", help="A login of the team; repeatable.")
    ] = None,
    propose: Propose = False,
    deploys: Deploys = True,
    project: Project = None,
    yes: Yes = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Let a domain begin in this project: declare, provision, and re-render as a change.

    Example: `meshnew add domain mooring -d "Berths" --owner-email mia@coast.example --member mia`
    """
    from meshnew.operations.adding import spec
    from meshnew.operations.changes.change import require_project

    session = _session(folder, actor, "domain")
    where = require_project(session, project, folder)
    words = name.replace("_", " ")
    about = {
        "description": views.answer("What is it about", description, flag="--description"),
        "owner": {
            "name": views.answer("Who answers for the data", owner_name, flag="--owner-name",
                                 default=f"{words.capitalize()} team"),
            "email": views.answer("Where do questions go (e-mail)", owner_email,
                                  flag="--owner-email"),
        },
        "team": team or f"{name.replace('_', '-')}-data",
        "members": member or [session.actor],
    }  # fmt: skip
    session = spec.fresh(session)
    edit = spec.domain(session, where, name, about)
    settle(session, edit, propose, deploys, yes, as_json)


@app.command("input")
def input_(
    target: Annotated[
        str,
        typer.Argument(metavar="DOMAIN", help="Domain, or project, whose products are to be read."),
    ],
    products: Annotated[
        list[str] | None,
        typer.Option("--product", metavar="NAME", help="Tell of this one only; repeatable."),
    ] = None,
    propose: Propose = False,
    deploys: Deploys = True,
    project: Project = None,
    yes: Yes = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Read another domain's products: choose, declare, provision, import; then the ref to use.

    Example: `meshnew add input flights`
    """
    from meshnew.operations.adding import spec
    from meshnew.operations.changes.change import require_project

    session = spec.fresh(_session(folder, actor, "input"))
    where = require_project(session, project, folder)
    offered = spec.offer(session, where, target)
    wanted = views.wanted(offered.products, products, yes)
    if not offered.missing:
        show(as_json, refs_of(wanted), lambda console: views.print_products(console, wanted))
        return
    edit = spec.consume(session, offered)
    if not as_json:
        notice(lambda console: views.print_products(console, wanted))
    settle(session, edit, propose, deploys, yes, as_json, wanted)
