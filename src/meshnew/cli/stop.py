"""meshnew stop."""

from __future__ import annotations

from meshnew.cli._options import HERE, As, Folder, Json
from meshnew.cli._output import show, watcher


def stop(folder: Folder = HERE, actor: As = None, as_json: Json = False) -> None:
    """Stop the embedded Postgres; the next command that needs it starts it again.

    Example: `meshnew stop`
    """
    from meshnew.operations.progress import passing
    from meshnew.operations.stop import stop as carry_out

    with passing(watcher(), "Stop Postgres"):
        stopped = carry_out(folder)
    show(
        as_json,
        {"stopped": stopped},
        lambda console: console.print("Stopped." if stopped else "Nothing was running."),
    )
