"""How changes are printed: who must say yes, what checks found, and the difference itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from meshnew.cli._output import escape
from meshnew.cli._tables import print_applied, print_deployed

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.forge import Change, Check, Comment, Lack, Owners
    from meshnew.operations.changes.change import Merged, Review

_MARKS = {"passed": "[green]✓[/]", "failed": "[red]✗[/]", "running": "[yellow]…[/]"}
_COLOURS = (
    (
        ("diff ", "index ", "--- ", "+++ ", "new file", "deleted file", "rename ", "similarity "),
        "bold",
    ),
    (("@@",), "cyan"),
    (("+",), "green"),
    (("-",), "red"),
)


def data(change: Change) -> dict[str, Any]:
    """A change as a document."""
    return {
        "repository": change.repository,
        "number": change.number,
        "title": change.title,
        "branch": change.branch,
        "author": change.author,
        "state": change.state,
        "head": change.head,
        "files": list(change.files),
    }


def review_data(review: Review) -> dict[str, Any]:
    """All that is known of a change as a document."""
    change = review.change
    return data(change) | {
        "body": change.body,
        "merged_by": change.merged_by,
        "merge_commit": change.merge_commit,
        "owners": [
            {
                "names": list(group.names),
                "people": list(group.people),
                "approved_by": list(group.approved_by),
                "files": list(group.files),
            }
            for group in review.owners
        ],
        "approvals": [
            {"by": item.by, "commit": item.commit, "current": item.commit == change.head}
            for item in review.approvals
        ],
        "checks": [check_data(check) for check in review.checks],
        "lacks": [{"what": lack.what, "fix": lack.fix} for lack in review.lacks],
        "takes": review.takes,
        "comments": [
            {"by": item.by, "at": item.at.isoformat(), "body": item.body}
            for item in review.comments
        ],
        "diff": review.diff,
    }


def check_data(check: Check) -> dict[str, Any]:
    """What a check found as a document."""
    return {
        "name": check.name,
        "state": check.state,
        "summary": check.summary,
        "commit": check.commit,
        "run": check.run,
        "page": check.page,
    }


def print_opened(console: Console, review: Review) -> None:
    """A change that was just opened, and what it needs."""
    change = review.change
    console.print(f"Change {change.number} of {change.repository}: {escape(change.title)}")
    for file in change.files:
        console.print(f"    {file}", markup=False)
    print_checks(console, review.checks)
    print_next(console, review)


def print_next(console: Console, review: Review) -> None:
    """What a change lacks before it may be merged, or how it is merged."""
    change = review.change
    if change.state != "open":
        return
    _print_lacks(console, review.lacks)
    for sentence in review.takes:
        console.print(f"[yellow]breaks[/] {escape(sentence)}")
    then = "It may be merged" if not review.lacks else "Then it is merged"
    flag = " --break-consumers" if review.takes else ""
    console.print(f"{then}: meshnew change merge {change.repository} {change.number}{flag}")


def print_list(console: Console, found: list[Change]) -> None:
    """One line a change."""
    for change in found:
        console.print(
            f"{change.repository} {change.number}  {escape(change.title)} "
            f"[dim]{change.branch}, by {change.author}, {change.state}[/]"
        )
    if not found:
        console.print("No changes.")


def print_review(console: Console, review: Review) -> None:
    """Everything: title, owners, checks, what it lacks, files, difference."""
    change = review.change
    merged = f", merged by {change.merged_by}" if change.merged_by else ""
    console.print(
        f"[bold]Change {change.number} of {change.repository}: {escape(change.title)}[/]\n"
        f"[dim]{change.branch} at {change.head[:7]}, by {change.author}, {change.state}{merged}[/]"
    )
    if change.body:
        console.print(f"\n{change.body}", markup=False)
    console.print()
    for group in review.owners:
        _print_owners(console, group)
    print_checks(console, review.checks)
    print_next(console, review)
    console.print(f"\n{len(change.files)} file{'' if len(change.files) == 1 else 's'}")
    for file in change.files:
        console.print(f"    {file}", markup=False)
    console.print()
    print_comments(console, review.comments)
    print_diff(console, review.diff)


def print_comments(console: Console, comments: Iterable[Comment]) -> None:
    """Who said what, and when."""
    for item in comments:
        console.print(f"[dim]{item.by}, {item.at:%Y-%m-%d %H:%M}[/]")
        console.print(item.body, markup=False)


def print_checks(console: Console, checks: Iterable[Check]) -> None:
    """One line a check."""
    for check in checks:
        run = f" [dim]run {check.run}[/]" if check.run else ""
        run += f" [dim]{escape(check.page)}[/]" if check.page else ""
        said = escape(check.summary) or check.state
        console.print(f"{_MARKS[check.state]} {check.name}: {said}{run}")


def print_merged(console: Console, done: Merged) -> None:
    """A merged change and the deploy it started, or what was applied."""
    console.print(f"Merged change {done.change.number} of {done.change.repository}.")
    if done.applied is not None:
        print_applied(console, done.applied)
    else:
        print_deployed(console, done.deployed)


def _print_owners(console: Console, group: Owners) -> None:
    names = " or ".join(group.names) or "the platform team"
    files = f"{len(group.files)} file{'' if len(group.files) == 1 else 's'} of {names}"
    if group.approved_by:
        console.print(f"[green]✓[/] {files}: approved by {', '.join(group.approved_by)}")
    else:
        people = " or ".join(group.people) or "nobody but its authors could"
        console.print(f"[yellow]○[/] {files}: to be approved by {people}")


def _print_lacks(console: Console, lacks: Iterable[Lack]) -> None:
    for lack in lacks:
        console.print(f"[yellow]needs[/] {escape(lack.what)}")
        console.print(f"    {lack.fix}", markup=False)


def print_diff(console: Console, diff: str) -> None:
    """A unified diff in colours."""
    from rich.text import Text

    for line in diff.splitlines():
        style = next((style for heads, style in _COLOURS if line.startswith(heads)), "")
        console.print(Text(line, style=style), soft_wrap=True)
