"""Ctrl-C says where it stopped, also where nothing was just being done."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import signal
from meshnew import interrupt
signal.signal(signal.SIGINT, signal.default_int_handler)
interrupt.listen()
BEFORE
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print(interrupt.stopped_at())
"""


def stopped_at(before: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("BEFORE", before)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_between_two_steps_it_names_the_one_that_ended_last() -> None:
    before = "with interrupt.doing('Plan'): pass\nwith interrupt.doing('Render sales'): pass"
    assert stopped_at(before) == "['after: Render sales']"


def test_in_steps_it_names_those_that_run() -> None:
    before = (
        "with interrupt.doing('Plan'): pass\n"
        "one = interrupt.doing('Provision ops'); one.__enter__()\n"
        "two = interrupt.doing('Provision sales'); two.__enter__()"
    )
    assert stopped_at(before) == "['Provision ops', 'Provision sales']"


def test_before_the_first_step_there_is_none_to_name() -> None:
    assert stopped_at("pass") == "[]"
