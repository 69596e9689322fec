"""What a command shows: progress and questions on stderr, its result on stdout."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import typer

from meshnew.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

BEGINS = "→"
"""Begins the line of a step that runs; where it ends, another follows."""
TELL_EVERY = 5.0
"""Seconds between two lines of one step, where there is no terminal."""


def interactive() -> bool:
    """Whether a person sits there who can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(question: str, *, flag: str = "--yes") -> bool:
    """Ask yes or no on a terminal.

    Raises:
        UsageError: there is no terminal; the flag that answers is named.
    """
    if not interactive():
        raise UsageError(f"{question} Nobody is there to answer", fix=f"Say it with {flag}")
    import questionary

    with questions():
        return bool(questionary.confirm(question, default=True).unsafe_ask())


def typed(question: str, expected: str, *, flag: str = "--yes") -> bool:
    """Have a name typed on a terminal, for what cannot be undone."""
    if not interactive():
        raise UsageError(f"{question} Nobody is there to type it", fix=f"Say it with {flag}")
    import questionary

    with questions():
        return bool(questionary.text(question).unsafe_ask() == expected)


def escape(text: str) -> str:
    """Text in which Rich finds no markup."""
    from rich.markup import escape as escaped

    return escaped(text)


@contextmanager
def questions() -> Iterator[None]:
    """Within it questions are asked on stderr, so that stdout holds nothing but the result."""
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.output import create_output

    with create_app_session(output=create_output(stdout=sys.stderr)):
        yield


def show(as_json: bool, data: Any, render: Callable[[Console], None]) -> None:
    """Print the result: one JSON document, or for a person."""
    if as_json:
        _write(sys.stdout, json.dumps(data, indent=2, default=str, ensure_ascii=False) + "\n")
    else:
        _print(sys.stdout, render, soft_wrap=not sys.stdout.isatty())


def page(as_json: bool, data: Any, render: Callable[[Console], None]) -> None:
    """Print the result as `show` does; on a terminal through the user's pager, with colours."""
    if as_json or not sys.stdout.isatty():
        show(as_json, data, render)
        return
    from rich.console import Console

    # As git does: colours are passed on, and what fits the screen is not paged.
    os.environ.setdefault("LESS", "FRX")
    console = Console(highlight=False)
    with console.pager(styles=not console.no_color):
        render(console)


def notice(render: Callable[[Console], None]) -> None:
    """Print what is not the result."""
    _print(sys.stderr, render, soft_wrap=True)


def tell(text: str) -> None:
    """A message that is not the result."""
    notice(lambda console: console.print(text, markup=False))


def decline(
    as_json: bool, text: str = "Nothing was changed.", *, changed: bool = False
) -> NoReturn:
    """End after a person said no."""
    tell(text)
    show(as_json, {"changed": changed}, lambda _: None)
    raise typer.Exit(1)


def _print(stream: TextIO, render: Callable[[Console], None], *, soft_wrap: bool) -> None:
    from rich.console import Console

    console = Console(file=stream, highlight=False, soft_wrap=soft_wrap)
    # Rich would end the process where nobody reads any more.
    with console.capture() as captured:
        render(console)
    _write(stream, captured.get())


def _write(stream: TextIO, text: str) -> None:
    """Write; who has read enough, as `| head` has, neither stops the work nor makes it fail."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def watcher() -> Lines | Live:
    """Progress for who is watching: live on a terminal, plain lines otherwise."""
    return Live() if sys.stderr.isatty() else Lines()


class Lines:
    """A line for each step when it begins and when it ends; what it is at now and then."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._steps: dict[str, tuple[str, float]] = {}
        self._told: dict[str, float] = {}

    def start(self, key: str, text: str) -> None:
        """Print what begins."""
        now = self._clock()
        self._steps[key], self._told[key] = (text, now), now
        self.say(f"{BEGINS} {text}")

    def update(self, key: str, detail: str) -> None:
        """Print what it is at, unless something was told of it just before."""
        now = self._clock()
        if key in self._steps and now - self._told[key] >= TELL_EVERY:
            self._told[key] = now
            self.say(f"{BEGINS} {self._steps[key][0]}: {detail}")

    def finish(self, key: str, *, ok: bool = True) -> None:
        """Print the step and how long it took."""
        text, began = self._steps.pop(key)
        seconds = self._clock() - began
        self.say(f"{'✓' if ok else '✗'} {text} ({seconds:.1f} s)")

    def drop(self, key: str) -> None:
        """Forget it."""
        del self._steps[key]

    def say(self, text: str) -> None:
        """Print it."""
        _write(sys.stderr, f"{text}\n")


class Live:
    """Running steps with a spinner and what they are at; ended ones stay above as lines."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tasks: dict[str, tuple[TaskID, str, float]] = {}
        self._progress: Progress | None = None

    def start(self, key: str, text: str) -> None:
        """Add a running step."""
        with self._lock:
            progress = self._progress or self._open()
            self._tasks[key] = (progress.add_task(escape(text), detail=""), text, time.monotonic())

    def update(self, key: str, detail: str) -> None:
        """Show what it is at."""
        with self._lock:
            if self._progress and key in self._tasks:
                self._progress.update(self._tasks[key][0], detail=escape(detail))

    def finish(self, key: str, *, ok: bool = True) -> None:
        """Turn the step into a line."""
        mark = "[green]✓[/]" if ok else "[red]✗[/]"
        self._close(key, lambda text, took: f"{mark} {escape(text)} [dim]{took:.1f} s[/]")

    def drop(self, key: str) -> None:
        """Take it off the screen."""
        self._close(key)

    def _close(self, key: str, line: Callable[[str, float], str] | None = None) -> None:
        """Remove a step; without any left the display closes."""
        with self._lock:
            task, text, began = self._tasks.pop(key)
            if self._progress is None:
                return
            self._progress.remove_task(task)
            if line:
                self._progress.console.print(line(text, time.monotonic() - began))
            if not self._tasks:
                self._progress.stop()
                self._progress = None

    def say(self, text: str) -> None:
        """Print above the running steps."""
        with self._lock:
            if self._progress is None:
                tell(text)
            else:
                self._progress.console.print(text, markup=False)

    def _open(self) -> Progress:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TextColumn("[dim]{task.fields[detail]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True, highlight=False),
            transient=True,
        )
        self._progress.start()
        return self._progress
