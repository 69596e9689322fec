"""Tables and lists that several commands print."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from meshnew.cli._output import escape

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.apply import Applied
    from meshnew.operations.plan import Plan
    from meshnew.operations.runs.run import Deployed


_SHORT = 10
"""A plan of no more sentences needs no headings."""


def print_plan(console: Console, plan: Plan, *, verbose: bool = False) -> None:
    """What apply will do, one sentence a line; Terraform's own text with `verbose`."""
    for text in plan.headline:
        console.print(f"[bold]{escape(text)}[/]")
    if len(plan.sentences) > _SHORT:
        for group, texts in plan.groups.items():
            console.print(f"[bold]{group}[/]")
            print_sentences(console, texts)
    else:
        print_sentences(console, plan.sentences)
    for note in plan.notes:
        console.print(f"  [dim]… {escape(note)}[/]")
    if plan.empty:
        console.print(
            "Nothing was edited since the last apply."
            if plan.unchanged
            else "Nothing to change: everything is as the spec says."
        )
    for stack in plan.stacks if verbose else []:
        if stack.text:
            console.rule(stack.stack.label)
            console.print(stack.text, markup=False)


def print_sentences(console: Console, sentences: Iterable[str]) -> None:
    """What will be done, one sentence a line."""
    for sentence in sentences:
        console.print(f"  {_mark(sentence)} {escape(sentence)}")


def print_deployed(console: Console, results: Iterable[Deployed]) -> None:
    """How each deploy ended: products with row counts, what waits, what failed."""
    for done in results:
        mark = "[green]✓[/]" if done.ok else "[red]✗[/]"
        console.print(f"{mark} {done.project} [dim]run {done.run}, {done.seconds:.1f} s[/]")
        for product in done.products:
            rows = "" if product["rows"] is None else f" [dim]{product['rows']:,} rows[/]"
            state = "" if product["built"] else " [yellow]declared, not built yet[/]"
            console.print(f"    {product['relation']}{rows}{state}")
        for model, relations in done.waiting.items():
            console.print(f"    [yellow]waits[/] {model} for {', '.join(relations)}")
        for relation in done.dropped:
            console.print(f"    [dim]dropped {relation}, which is not built any more[/]")
        for relation, why in done.left.items():
            console.print(f"    [yellow]{relation} stays[/]: {escape(why)}")
        for failure in done.failures:
            console.print(f"    [red]{escape(failure)}[/]")
        if not done.ok:
            console.print(f"    log: .meshnew/runs/{done.run}/dbt.log")
            console.print(f"    once it is mended: meshnew run {done.project} deploy")


def print_applied(console: Console, done: Applied) -> None:
    """What apply did: deploys, changes it opened, what is still pending."""
    print_deployed(console, done.deployed)
    for change in done.changes:
        console.print(
            f"[yellow]change {change.number}[/] of {change.repository}: {escape(change.title)}"
        )
        named = f"{change.repository} {change.number}"
        console.print(f"    an owner approves it: meshnew change approve {named}")
        console.print(f"    then it is merged: meshnew change merge {named}")
    for note in done.plan.notes:
        console.print(f"[dim]… {note}[/]")
    console.print("Nothing changed." if done.plan.empty else "Done.")


def _mark(sentence: str) -> str:
    verb = sentence.removeprefix("will ").split()[0]
    if verb in ("drop", "delete", "close", "no"):
        return "[red]-[/]"
    if verb in ("change", "restore", "give", "take", "update", "replace", "waits", "adopt"):
        return "[yellow]~[/]"
    return "[green]+[/]"
