"""How `meshnew add domain` and `add input` settle an edit of the spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from meshnew.cli import _add as views
from meshnew.cli._output import confirm, decline, notice, show
from meshnew.cli._tables import print_applied

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.adding.spec import Edit
    from meshnew.operations.apply import Applied
    from meshnew.operations.product import ProductView
    from meshnew.operations.session import Session


def settle(
    session: Session,
    edit: Edit,
    propose: bool,
    deploys: bool,
    yes: bool,
    as_json: bool,
    wanted: list[ProductView] | None = None,
) -> None:
    """Show an edit of the spec and its plan, ask, then apply or propose it."""
    from meshnew.operations.adding import spec

    if not as_json:
        notice(lambda console: views.show_edit(console, edit))
    if not (yes or confirm(f"{edit.title}?")):
        decline(as_json)
    refs = refs_of(wanted or [])
    if propose:
        change = spec.propose(session, edit)
        data = {**edit.draft.to_json(), "change": change.number, **refs}
        show(as_json, data, lambda console: views.print_proposed(console, change, wanted or []))
        return
    done = spec.carry_out(session, edit, deploys=deploys)
    if done is not None:
        _finish(done, refs, wanted or [], as_json)


def _finish(done: Applied, refs: dict[str, Any], wanted: list[ProductView], as_json: bool) -> None:
    def render(console: Console) -> None:
        print_applied(console, done)
        views.print_products(console, wanted)

    show(as_json, {**done.to_json(), **refs}, render)
    if not all(run.ok for run in done.deployed):
        raise typer.Exit(1)


def refs_of(wanted: list[ProductView]) -> dict[str, Any]:
    """Products as a document."""
    return {
        "products": [
            {
                "key": view.key,
                "description": view.promise.description,
                "ref": view.ref,
                "relation": view.promise.relation,
            }
            for view in wanted
        ]
    }
