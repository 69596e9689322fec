"""The command line: one file per command, and one place that turns errors into exit codes."""

from __future__ import annotations

import json
import os
import sys

import typer

from meshnew import __version__
from meshnew.cli import (
    apply,
    change,
    clone,
    destroy,
    doctor,
    init,
    new,
    plan,
    psql,
    run,
    shell,
    status,
    stop,
)
from meshnew.errors import MeshnewError

__all__ = ["app", "main"]

app = typer.Typer(
    name="meshnew",
    help="From nothing to a published data product: bootstrap and run a dbt mesh.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for module in (init, new, plan, apply, destroy, status, run, clone, shell, psql, stop, doctor):
    app.command()(getattr(module, module.__name__.rpartition(".")[2]))
app.add_typer(change.app, name="change")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"meshnew {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """From nothing to a published data product: bootstrap and run a dbt mesh."""


def main() -> None:
    """Run the command line and exit with one of the codes of docs/reference."""
    try:
        app()
    except MeshnewError as error:
        _report(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # Whoever read the output has enough of it, as `| head` has.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted. The same command carries on where it stopped.\n")
        sys.exit(130)


def _report(error: MeshnewError) -> None:
    if "--json" in sys.argv:
        found = {"what": error.what, "where": error.where, "fix": error.fix}
        sys.stdout.write(json.dumps({"error": found}, indent=2) + "\n")
    from rich.console import Console
    from rich.text import Text

    text = Text("✗ ", style="bold red")
    text.append(f"{error.where}: " if error.where else "", style="bold")
    text.append(error.what)
    if error.fix:
        text.append(f"\n  {error.fix}", style="cyan")
    Console(stderr=True, soft_wrap=True, highlight=False).print(text)
