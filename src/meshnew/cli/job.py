"""meshnew job."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from meshnew.cli._ci import print_reports
from meshnew.cli._options import HERE, Folder, Json
from meshnew.cli._output import show, watcher
from meshnew.errors import UsageError


class Name(StrEnum):
    """What a runner may be asked for."""

    ci = "ci"
    deploy = "deploy"
    daily = "daily"
    cleanup = "cleanup"


def job(
    name: Annotated[Name, typer.Argument(show_default=False, help="The job.")],
    change: Annotated[
        int | None,
        typer.Option("--change", metavar="N", min=1, help="ci, cleanup: number of the change."),
    ] = None,
    folder: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Run a job of the checkout in this folder, as the runner of a hosted forge does.

    The workflows that the template renders give this command; on a laptop `meshnew run` does
    the same with the mesh at hand. Who the job is comes from variables of the warehouse's own.
    `ci` needs the number of its change, and `cleanup` drops the schema of one that was cancelled.

    Example: `meshnew job ci --change 7`
    """
    from meshnew.operations import job as operation

    here = operation.Checkout.at(folder, watcher())
    if name in (Name.deploy, Name.daily):
        _deploy(here, name, as_json)
        return
    if change is None:
        raise UsageError(f"{name} is of one change", fix=f"meshnew job {name} --change N")
    if name is Name.cleanup:
        operation.clean_up(here, change)
        return
    report = operation.check(here, change)
    show(as_json, report.to_json(), lambda console: print_reports(console, [report]))
    if not report.ok:
        raise typer.Exit(1)


def _deploy(here: Any, name: Name, as_json: bool) -> None:
    from meshnew.operations import job as operation

    done = operation.deploy(here, name)
    failed = [item.describe() for item in done.failures] or ([done.error] if done.error else [])
    data = {"project": here.project, "ok": done.ok, "failures": failed}
    data["waiting"] = {item.name: list(item.needs) for item in done.waiting}
    mark = "✓" if done.ok else "✗"

    def text(console: Any) -> None:
        console.print(f"{mark} {name} of {here.project}", markup=False)
        for line in failed:
            console.print(f"    {line}", markup=False)

    show(as_json, data, text)
    if not done.ok:
        raise typer.Exit(1)
