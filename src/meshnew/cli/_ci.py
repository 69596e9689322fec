"""How the report of a check is printed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from meshnew.cli._output import escape

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.governance.finding import Finding
    from meshnew.operations.changes.report import CiReport, Failure


def print_reports(console: Console, reports: Iterable[CiReport]) -> None:
    """Each report."""
    for report in reports:
        print_report(console, report)


def print_report(console: Console, report: CiReport) -> None:
    """What was built, what failed and with which rows, what the linters say, what waited."""
    mark = "[green]✓[/]" if report.ok else "[red]✗[/]"
    console.print(
        f"{mark} {report.title}: {escape(report.summary)} "
        f"[dim]run {report.run}, {report.seconds:.1f} s[/]"
    )
    if report.error:
        for line in [*report.error.splitlines()[1:], *report.fix.splitlines()]:
            console.print(f"    {line}", markup=False)
    elif not report.compared:
        console.print("    nothing was deployed yet to compare with: everything was built")
    for name in report.built:
        console.print(f"    [green]built[/] {name}")
    for failure in report.failures:
        _print_failure(console, failure)
    for problem in report.lint:
        place = f"{problem.file}:{problem.line}"
        console.print(f"    [red]lint[/] {escape(place)} {problem.rule} {escape(problem.message)}")
    print_findings(console, report.findings)
    for item in report.contracts:
        mark = "[red]breaks[/]" if item.breaking else "[dim]contract[/]"
        console.print(f"    {mark} {escape(item.sentence)}")
    if any(item.takes for item in report.contracts):
        console.print("    a deploy refuses that unless it is told --break-consumers")
    for model, needs in report.waiting.items():
        console.print(f"    [yellow]waits[/] {model} for {', '.join(needs)}")
    for note in report.notes:
        console.print(f"    [dim]{escape(note)}[/]")
    if not report.ok:
        console.print(f"    log: .meshnew/runs/{report.run}")


def print_findings(console: Console, findings: Iterable[Finding]) -> None:
    """Where, which rule, what is wrong, and below it what mends it."""
    for item in findings:
        if item.excepted:
            console.print(f"    [dim]exception[/] {escape(item.sentence)}, {escape(item.excepted)}")
            continue
        mark = "[red]rule[/]" if item.fails else "[yellow]warning[/]"
        console.print(f"    {mark} {escape(item.sentence)}")
        console.print(f"      {item.mend}", markup=False)


def _print_failure(console: Console, failure: Failure) -> None:
    where = f" ({failure.file})" if failure.file else ""
    console.print(f"    [red]{failure.resource} {failure.name}[/]{escape(where)}")
    for line in failure.message.splitlines():
        console.print(f"      {line}", markup=False)
    if failure.rows:
        console.print(_table(failure.rows))
    if failure.log:
        console.print(f"      its query: {failure.log}", markup=False)


def _table(rows: list[dict[str, Any]]) -> Any:
    from rich.padding import Padding
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in rows[0]:
        table.add_column(escape(column), style="dim", overflow="fold")
    for row in rows:
        table.add_row(*("null" if value is None else escape(str(value)) for value in row.values()))
    return Padding(table, (0, 0, 0, 6), expand=False)
