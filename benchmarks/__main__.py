"""Measure: python -m benchmarks [--times N] [--count N] [NAME ...]; all of them without a name."""

from __future__ import annotations

import argparse
import compileall
import sys
from importlib import import_module
from pathlib import Path

import meshnew

# The quick ones first; how often each is repeated unless said otherwise.
ALL = {
    "help": 15,
    "growth": 3,
    "spec": 7,
    "status": 9,
    "new": 5,
    "plan": 3,
    "apply": 1,
    "silence": 1,
}


def main() -> None:
    """Print a line for each measure; exit 1 where a target is not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ALL)}")
    parser.add_argument("--times", type=int, help="how many pairs of runs")
    parser.add_argument("--count", type=int, help="how many projects, where that can be chosen")
    given = parser.parse_args()
    if strangers := set(given.names) - set(ALL):
        parser.error(f"no benchmark {', '.join(strangers)}; there are {', '.join(ALL)}")
    # As pip does with whatever it installs, and not with a folder one works in.
    compileall.compile_dir(Path(meshnew.__file__).parent, quiet=1)
    held = True
    for name in given.names or ALL:
        measure = import_module(f"benchmarks.{name}").measure
        more = {} if given.count is None else {"count": given.count}
        for result in measure(given.times or ALL[name], **more):
            print(result, flush=True)
            held = held and result.holds
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
