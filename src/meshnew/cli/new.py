"""meshnew new."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meshnew.cli import _completion
from meshnew.cli._options import HERE, As, Deploys, Folder, Json, Yes
from meshnew.cli._output import (
    confirm,
    decline,
    interactive,
    notice,
    questions,
    show,
    tell,
    watcher,
)
from meshnew.cli._standing import print_standings
from meshnew.cli._tables import print_plan
from meshnew.cli.apply import finish
from meshnew.errors import UsageError
from meshnew.mesh import names

if TYPE_CHECKING:
    from rich.console import Console

    from meshnew.operations.new import Proposal
    from meshnew.operations.session import Session

Kind = Annotated[
    str, typer.Argument(metavar="KIND", help="domain or package.", autocompletion=_completion.kinds)
]
Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Name of the project, such as flights.",
        autocompletion=_completion.awaited,
    ),
]
Data = Annotated[
    list[str] | None,
    typer.Option("--data", "-d", metavar="KEY=VALUE", help="Answer a question; repeatable."),
]
DataFile = Annotated[
    Path | None, typer.Option("--data-file", metavar="FILE", help="Answers as YAML.")
]
Defaults = Annotated[
    bool, typer.Option("--defaults", help="Take the default of whatever is not answered.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show everything, change nothing.")]


def new(
    kind: Kind,
    name: Name,
    data: Data = None,
    data_file: DataFile = None,
    defaults: Defaults = False,
    dry_run: DryRun = False,
    deploys: Deploys = True,
    yes: Yes = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Create a project: ask, provision, render, push, publish its interface, deploy.

    On a terminal it asks what --data does not answer. With --yes nothing is asked at all:
    what is not answered takes its default, and where there is none, the answer is named. On a
    hosted forge it opens a change of the mesh and stops; given again, it says where that stands.

    Example: `meshnew new domain flights --data team=flights-data --defaults`
    """
    from meshnew.scaffold import beside

    beside.begin()
    from meshnew.operations.new import check_name, create, is_unfinished, with_plan
    from meshnew.operations.new import finish as carry_on
    from meshnew.operations.session import open_session

    # What no mesh would take is refused before one is opened, which makes its folders.
    answers = _answers(data, data_file)
    check_name(kind, name)
    session = open_session(folder, actor, "new", watcher(), forge_only=True)
    if session.mesh.spec.hosted and not dry_run:
        _on_hosted(session, kind, name, answers, defaults=defaults or yes, yes=yes, as_json=as_json)
        return
    if not dry_run and is_unfinished(session, kind, name, answers):
        tell(f"projects/{name}.yml is there: carrying on with it.")
        if not (yes or confirm(f"Finish {kind} {name}?")):
            decline(as_json)
        done = carry_on(session, name, deploys=deploys)
    else:
        proposal = _proposal(session, kind, name, answers, defaults=defaults or yes)
        if dry_run:
            proposal = with_plan(session, proposal)
            show(as_json, _data(proposal), lambda console: _render(console, proposal))
            return

        def agreed(whole: Proposal) -> bool:
            if not as_json:
                notice(lambda console: _render(console, whole))
            return yes or confirm(f"Create {kind} {name}?")

        done = create(session, proposal, deploys=deploys, confirm=agreed)
    if done is None:
        decline(as_json)
    finish(done, as_json)


def _on_hosted(
    session: Session,
    kind: str,
    name: str,
    answers: dict[str, Any],
    *,
    defaults: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Open a change of the mesh and stop; given again, say where that stands."""
    from meshnew.operations import proposed

    opened = None
    proposed.require_there(session)  # before its template is read, which is not there either
    if proposed.standing(session, name).state == "absent":
        proposal = _proposal(session, kind, name, answers, defaults=defaults)
        if not as_json:
            notice(lambda console: _render(console, proposal))
        if not (yes or confirm(f"Propose {kind} {name}?")):
            decline(as_json)
        opened = proposed.propose(session, proposal)
    print_standings([proposed.standing(session, name)], opened, as_json)


def _proposal(
    session: Session, kind: str, name: str, answers: dict[str, Any], *, defaults: bool
) -> Proposal:
    """What would be created; on a terminal whatever is not answered is asked."""
    from meshnew.operations.new import propose

    ask = not defaults and interactive()
    if not (ask or defaults or answers):
        raise UsageError(
            "nobody is there to answer the template's questions",
            fix="Answer with --data KEY=VALUE or --data-file, or take the --defaults",
        )
    with questions():
        return propose(session, kind, name, answers, ask=ask)


def _data(proposal: Proposal) -> dict[str, Any]:
    return {
        "name": proposal.name,
        "spec": proposal.spec.model_dump(mode="json", exclude_defaults=True),
        "files": list(proposal.files),
        **(proposal.plan.to_json() if proposal.plan else {}),
    }


def _render(console: Console, proposal: Proposal) -> None:
    console.print(f"[bold]projects/{proposal.name}.yml[/]")
    console.print(proposal.text, markup=False)
    if proposal.files:
        console.print(f"[bold]{len(proposal.files)} files will be rendered[/]")
    for file in proposal.files:
        console.print(f"    {file}", markup=False)
    if proposal.plan:
        console.print("[bold]and[/]")
        print_plan(console, proposal.plan)


def _answers(pairs: list[str] | None, file: Path | None) -> dict[str, Any]:
    """Answers of --data-file, overridden by those of --data; values are YAML."""
    answers = {} if file is None else _read(file)
    for pair in pairs or []:
        key, separator, value = pair.partition("=")
        if not (separator and key.strip()):
            raise UsageError(
                f"`{names.shown(pair)}` is not KEY=VALUE",
                where="--data",
                fix="For example: --data team=ours",
            )
        answers[key.strip()] = _parse(value, f"--data {key.strip()}")
    for key, value in answers.items():
        if value is None:
            raise UsageError(
                f"`{key}` has no value", where="answers", fix="Give one, or leave it out."
            )
    return answers


def _read(file: Path) -> dict[str, Any]:
    from meshnew.mesh import reading

    found, _ = reading.read(file, str(file))
    if not isinstance(found, dict):
        kind = "a list" if isinstance(found, list) else "a single value"
        fix = "It holds a line for each answer, such as `team: ours`."
        raise UsageError(f"is {kind}, not answers by name", where=str(file), fix=fix)
    return found


def _parse(text: str, where: str) -> Any:
    from meshnew.mesh import reading

    return reading.parse(text, where)[0] if text.strip() else None
