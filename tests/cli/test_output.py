"""What whoever waits is told: what begins, how far it is, and what is over."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from meshnew.cli._output import TELL_EVERY, Lines, Live
from meshnew.operations.progress import passing


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_without_a_terminal_a_step_is_told_before_it_is_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    lines = Lines(clock)
    lines.start("a", "Plan 2 stacks")
    assert capsys.readouterr().err == "→ Plan 2 stacks\n"
    clock.now = 1.5
    lines.finish("a")
    assert capsys.readouterr().err == "✓ Plan 2 stacks (1.5 s)\n"


def test_how_far_a_long_step_is_comes_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    lines = Lines(clock)
    lines.start("a", "Deploy")
    for done in range(1, 100):
        clock.now = done * TELL_EVERY / 30
        lines.update("a", f"{done}/99")
    lines.finish("a", ok=False)
    lines.update("a", "what comes too late")
    seen = capsys.readouterr().err.splitlines()
    assert seen[1:-1] == ["→ Deploy: 30/99", "→ Deploy: 60/99", "→ Deploy: 90/99"]
    assert seen[-1].startswith("✗ Deploy")


def test_what_lies_between_steps_leaves_no_line_of_its_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with passing(Lines(), "Start Postgres") as at:
        at("soon")
    assert capsys.readouterr().err == "→ Start Postgres\n"


def test_a_terminal_shows_what_runs_and_keeps_what_was_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = io.StringIO()
    screen = Console(file=shown, force_terminal=True, width=80)
    monkeypatch.setattr("rich.console.Console", lambda **_: screen)
    live = Live()
    with passing(live, "Start [the] Postgres"):
        live.start("a", "Plan")
        live.update("a", "1/2 [domain] flights")
    live.finish("a")
    text = shown.getvalue()
    for part in ("Start [the] Postgres", "Plan", "✓"):
        assert part in text
