"""meshnew new."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meshnew.cli._options import HERE, As, Folder, Json, Yes
from meshnew.cli._output import confirm, interactive, show, tell, watcher
from meshnew.cli._tables import print_plan
from meshnew.cli.apply import finish
from meshnew.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.apply import Applied
    from meshnew.operations.new import Proposal


def new(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="domain or package.")],
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the project, such as flights.")
    ],
    data: Annotated[
        list[str] | None,
        typer.Option("--data", "-d", metavar="KEY=VALUE", help="Answer a question; repeatable."),
    ] = None,
    data_file: Annotated[
        Path | None, typer.Option("--data-file", metavar="FILE", help="Answers as YAML.")
    ] = None,
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Take the default of whatever is not answered.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show everything, change nothing.")
    ] = False,
    yes: Yes = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Create a project: ask, provision, render, push, publish its interface, deploy.

    Example: `meshnew new domain flights --data team=flights-data --defaults`
    """
    from meshnew.operations.new import create, is_unfinished, propose, with_plan
    from meshnew.operations.new import finish as carry_on
    from meshnew.operations.session import open_session

    session = open_session(folder, actor, "new", watcher())
    if is_unfinished(session, kind, name) and not dry_run:
        tell(f"projects/{name}.yml is there: carrying on with it.")
        _end(carry_on(session, name), as_json)
        return
    ask = not defaults and interactive()
    if not ask and not defaults and not data and data_file is None:
        raise UsageError(
            "nobody is there to answer the template's questions",
            fix="Answer with --data KEY=VALUE or --data-file, or take the --defaults",
        )
    proposal = with_plan(session, propose(session, kind, name, _answers(data, data_file), ask=ask))
    if dry_run or not as_json:
        target = _stderr() if not dry_run else None
        _show(proposal, as_json, target)
    if dry_run:
        return
    if not (yes or confirm(f"Create {kind} {name}?")):
        tell("Nothing was changed.")
        raise typer.Exit(1)
    _end(create(session, proposal), as_json)


def _end(done: Applied | None, as_json: bool) -> None:
    if done is not None:
        finish(done, as_json)


def _show(proposal: Proposal, as_json: bool, console: Console | None) -> None:
    data = {
        "name": proposal.name,
        "spec": proposal.spec.model_dump(mode="json", exclude_defaults=True),
        "files": list(proposal.files),
        **(proposal.plan.to_json() if proposal.plan else {}),
    }
    if console is not None:
        _render(console, proposal)
    else:
        show(as_json, data, lambda out: _render(out, proposal))


def _render(console: Console, proposal: Proposal) -> None:
    console.print(f"[bold]projects/{proposal.name}.yml[/]")
    console.print(proposal.text, markup=False)
    console.print(f"[bold]{len(proposal.files)} files will be rendered[/]")
    for file in proposal.files:
        console.print(f"    {file}", markup=False)
    if proposal.plan:
        console.print("[bold]and[/]")
        print_plan(console, proposal.plan)


def _stderr() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def _answers(pairs: list[str] | None, file: Path | None) -> dict[str, Any]:
    """Answers of --data-file, overridden by those of --data; values are YAML."""
    import yaml

    answers: dict[str, Any] = {}
    try:
        if file is not None:
            answers |= yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        for pair in pairs or []:
            key, separator, value = pair.partition("=")
            if not separator:
                raise UsageError(f"`{pair}` has no =", where="--data", fix="--data KEY=VALUE")
            answers[key.strip()] = yaml.safe_load(value)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(file)) from None
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise UsageError(f"is not valid YAML: {error}", where="--data") from None
    return answers
