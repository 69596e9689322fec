"""The command line: one file per command, and one place that turns errors into exit codes."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Any, cast

import typer

from meshnew import interrupt
from meshnew.cli._commands import Commands
from meshnew.cli._output import notice, show
from meshnew.errors import MeshnewError, PlatformError, UsageError

__all__ = ["app", "main"]

# Typer's class for wrong usage, whose module is not the same in all its versions.
_WrongUsage = cast("type[typer.BadParameter]", typer.BadParameter.mro()[1])


class _InterruptedError(MeshnewError):
    """Somebody pressed Ctrl-C, or the system asked for an end."""

    exit_code = 130

    def __init__(self) -> None:
        command = shlex.join(["meshnew", *sys.argv[1:]])
        super().__init__(
            "interrupted",
            where=", ".join(interrupt.stopped_at()),
            fix=f"The same command carries on where it stopped: {command}",
        )


class _Commands(Commands):
    def invoke(self, ctx: Any) -> Any:
        """Run the command; Typer itself would end it without a word on Ctrl-C."""
        from meshnew import temporary

        try:
            with temporary.own_folder():
                return super().invoke(ctx)
        except (KeyboardInterrupt, EOFError, typer.Abort):
            raise _InterruptedError from None


app = typer.Typer(
    name="meshnew",
    cls=_Commands,
    help="From nothing to a published data product: bootstrap and run a dbt mesh.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from meshnew.operations.version import versions

        for part, found in versions(Path()).items():
            typer.echo(f"{part} {found}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_version,
        is_eager=True,
        help="Show versions: meshnew, engine, Copier, template, and exit.",
    ),
) -> None:
    """From nothing to a published data product: bootstrap and run a dbt mesh."""


def main() -> None:
    """Run the command line and exit with one of the codes of docs/reference."""
    interrupt.listen()
    try:
        code = app(standalone_mode=False)
    except MeshnewError as error:
        _report_json(error)
        _report(error)
        code = error.exit_code
    except _WrongUsage as error:
        code = _report_usage(error)
    except OSError as error:
        code = _report_system(error)
    except Exception as error:
        if "psycopg" not in sys.modules or (server := _of_server(error)) is None:
            raise
        _report_json(server)
        _report(server)
        code = server.exit_code
    sys.exit(code)


def _of_server(error: Exception) -> PlatformError | None:
    """What Postgres refuses in the middle of things, as for a disk that is full."""
    from psycopg import Error

    if not isinstance(error, Error):
        return None
    return PlatformError(
        " ".join((error.diag.message_primary or str(error)).split()),
        where="embedded Postgres",
        fix="Mend that, then give the same command again: it carries on.",
    )


def _report_json(error: MeshnewError) -> None:
    words = sys.argv[1:]
    # What follows `--` is meant for dbt or another command.
    if "--json" in (words[: words.index("--")] if "--" in words else words):
        found = {"what": error.what, "where": error.where, "fix": error.fix}
        show(True, {"error": found}, lambda _: None)


def _report(error: MeshnewError) -> None:
    from rich.text import Text

    text = Text("✗ ", style="bold red")
    text.append(f"{error.where}: " if error.where else "", style="bold")
    text.append(error.what)
    if error.fix:
        text.append(f"\n  {error.fix}", style="cyan")
    notice(lambda console: console.print(text))


def _report_usage(error: typer.BadParameter) -> int:
    """Report wrong usage in Typer's own words and frame."""
    from typer.rich_utils import rich_format_error

    path = error.ctx.command_path if error.ctx else "meshnew"
    _report_json(UsageError(error.format_message(), fix=f"{path} --help"))
    rich_format_error(error)
    return error.exit_code


def _other_owner(file: object) -> int | None:
    """Who owns a file that is not ours, as one that was made with sudo."""
    try:
        owner = Path(str(file)).stat().st_uid
    except OSError:
        return None
    return None if owner == os.getuid() else owner


def _report_system(error: OSError) -> int:
    """Report what the system refuses: a full disk, no right to write, a file in the way."""
    # The last parts tell which file it is; the others are this machine's.
    where = "/".join(Path(str(error.filename)).parts[-2:]) if error.filename else ""
    what, fix = error.strerror or str(error), "Mend that"
    if isinstance(error, PermissionError) and (owner := _other_owner(error.filename)) is not None:
        what = f"{what}: it belongs to user id {owner}, not to you"
        fix = "In the mesh's folder: sudo chown -R $(id -u) .meshnew"
    found = PlatformError(
        what, where=where, fix=f"{fix}, then give the same command again: it carries on."
    )
    _report_json(found)
    _report(found)
    return found.exit_code
