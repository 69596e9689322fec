"""What `meshnew add` asks and prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from meshnew.cli._change import print_diff
from meshnew.cli._output import confirm, decline, interactive, notice, questions, show
from meshnew.cli._tables import print_plan
from meshnew.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.dbt.proposals import Proposal
    from meshnew.forge import Change
    from meshnew.operations.adding.draft import Draft
    from meshnew.operations.adding.spec import Edit
    from meshnew.operations.product import ProductView


def pick(question: str, choices: Sequence[str], *, flag: str) -> str:
    """Have one of several chosen on a terminal.

    Raises:
        UsageError: nobody is there, or there is nothing to choose from; the flag is named.
    """
    if not interactive() or not choices:
        listed = f"There are: {', '.join(choices)}" if choices else "There is none yet."
        raise UsageError(f"no {flag} named", fix=f"Give {flag}. {listed}")
    import questionary

    with questions():
        return str(questionary.select(question, choices=list(choices)).unsafe_ask())


def pick_some(question: str, choices: Sequence[str], *, flag: str) -> list[str]:
    """Have some of several chosen on a terminal."""
    if not interactive() or not choices:
        listed = f"There are: {', '.join(choices)}" if choices else "There is none to add."
        raise UsageError(f"no {flag} named", fix=f"Give {flag}. {listed}")
    import questionary

    with questions():
        found = questionary.checkbox(
            question, choices=list(choices), validate=lambda given: bool(given) or "Choose one."
        ).unsafe_ask()
    return [str(item) for item in found]


def answer(question: str, given: str | None, *, flag: str, default: str | None = None) -> str:
    """What was given by a flag; else what a person answers, else the default.

    Raises:
        UsageError: nobody is there and there is no default.
    """
    if given is not None:
        return given
    if not interactive():
        if default is None:
            raise UsageError(f"{question}? Nobody is there to answer", fix=f"Say it with {flag}")
        return default
    import questionary

    with questions():
        return str(
            questionary.text(
                question, default or "", validate=lambda text: bool(text.strip()) or "Say it."
            ).unsafe_ask()
        )


def tests(
    proposed: Sequence[Proposal], named: Sequence[str] | None, none: bool, yes: bool
) -> list[str] | None:
    """Which tests to take: by flag, by a person, or None for those that hold."""
    if none:
        return []
    if named or yes or not interactive() or not proposed:
        return list(named) if named else None
    import questionary

    choices = [
        questionary.Choice(f"{item.name}: {item.found}", item.name, checked=item.holds)
        for item in proposed
    ]
    with questions():
        return list(questionary.checkbox("Which tests?", choices=choices).unsafe_ask())


def agree(draft: Draft, question: str, *, yes: bool, as_json: bool) -> None:
    """Show what would change and ask; ends the command where a person says no."""

    def render(console: Console) -> None:
        print_diff(console, draft.diff)
        for note in draft.notes:
            console.print(f"Note: {note}.", markup=False)

    if not as_json:
        notice(render)
    if not (yes or confirm(question)):
        decline(as_json)


def show_edit(console: Console, edit: Edit) -> None:
    """An edit of the spec, and what follows from it."""
    print_diff(console, edit.draft.diff)
    if edit.plan:
        print_plan(console, edit.plan)


def print_proposals(console: Console, proposed: Iterable[Proposal]) -> None:
    """Every test with what the rows say of it."""
    for item in proposed:
        mark = "[green]✓[/]" if item.holds else "[yellow]✗[/]"
        console.print(f"{mark} ", end="")
        console.print(f"{item.name}: {item.found}", markup=False)


def written(draft: Draft, following: Sequence[str], as_json: bool, **more: Any) -> None:
    """Print what was written, and the commands that come next."""

    def render(console: Console) -> None:
        for old, new in draft.moves.items():
            console.print(f"Renamed {old} to {new}", markup=False)
        for path in draft.files:
            console.print(f"Wrote {path}", markup=False)
        if more.get("built"):
            console.print(f"Built {more['built']} in your own schema; its tests passed.")
        console.print("Next:")
        for command in following:
            console.print(f"    {command}", markup=False)

    show(as_json, {**draft.to_json(), **more}, render)


def print_products(console: Console, products: Iterable[ProductView]) -> None:
    """Products with what they are and how a model reads them."""
    for view in products:
        console.print(f"[bold]{view.key}[/]  [dim]{view.promise.relation}[/]")
        if said := view.promise.description.strip():
            console.print(f"    {said.partition(chr(10))[0]}", markup=False)
        console.print("    {{ " + view.ref + " }}", markup=False)


def wanted(
    products: Sequence[ProductView], named: Sequence[str] | None, yes: bool
) -> list[ProductView]:
    """The products that are to be read: by flag, chosen by a person, else all that are latest.

    Raises:
        UsageError: there is none of that name.
    """
    latest = [view for view in products if view.latest] or list(products)
    for name in named or []:
        if name not in {view.promise.name for view in latest}:
            known = ", ".join(view.promise.name for view in latest) or "none yet"
            raise UsageError(
                f"no product `{name}` there", where="--product", fix=f"It has: {known}"
            )
    if named:
        return [view for view in latest if view.promise.name in named]
    if yes or not interactive() or not latest:
        return latest
    import questionary

    choices = [
        questionary.Choice(_line(view), view.key, checked=len(latest) == 1) for view in latest
    ]
    with questions():
        found = questionary.checkbox("Which products?", choices=choices).unsafe_ask()
    return [view for view in latest if view.key in found]


def print_proposed(console: Console, change: Change, products: Iterable[ProductView]) -> None:
    """A change of the mesh that was proposed, and what comes next."""
    console.print(f"Change {change.number} of mesh: {change.title}", markup=False)
    console.print(f"    an owner approves it: meshnew change approve mesh {change.number}")
    console.print(f"    then it is merged: meshnew change merge mesh {change.number}")
    print_products(console, products)


def _line(view: ProductView) -> str:
    said = view.promise.description.strip().partition("\n")[0]
    return f"{view.promise.name}: {said}" if said else view.promise.name
