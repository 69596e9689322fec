"""Draw docs/images/demo.svg: what `make demo` prints, from a real run.

    python docs/make_picture.py            # run the demo in an empty folder, then draw
    python docs/make_picture.py demo.log   # draw a run recorded with FORCE_COLOR=1 COLUMNS=106

The picture has no fonts or addresses of its own: it looks the same offline.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "demo.svg"
WIDTH = 106
TOLD = re.compile(
    r"\$ |✓ (?!Clone)|  \+ will (create schema|let flights read)|  flights: |    flights_products"
    r"|Change|Merged"
)
HEADING = re.compile(r"project +data product")
AFTER = ("Try next", "Nothing changed: the mesh was already as it should be.")
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")

DARK = TerminalTheme(
    (24, 27, 33),
    (205, 209, 217),
    [
        (24, 27, 33), (224, 108, 117), (126, 192, 121), (214, 182, 102),
        (97, 159, 226), (190, 132, 210), (86, 182, 194), (205, 209, 217),
    ],
    [
        (110, 118, 132), (240, 128, 137), (146, 212, 141), (234, 202, 122),
        (117, 179, 246), (210, 152, 230), (106, 202, 214), (240, 242, 246),
    ],
)  # fmt: skip

# Rich's own picture fetches a font; this one takes the reader's.
FORMAT = """\
<svg xmlns="http://www.w3.org/2000/svg" class="rich-terminal" role="img"
     aria-label="What make demo prints" viewBox="0 0 {width} {height}">
<style>
.{unique_id}-matrix {{
    font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
    font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width;
}}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def record() -> str:
    """What the demo prints on a wide terminal in color."""
    environ = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH)}
    with tempfile.TemporaryDirectory(prefix="mesh-") as folder:
        demo = [sys.executable, str(ROOT / "examples" / "skyline" / "demo.py"), folder]
        done = subprocess.run(
            demo,
            cwd=ROOT,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        meshnew = Path(sys.executable).with_name("meshnew")
        subprocess.run([meshnew, "stop", "-C", folder], capture_output=True, check=False)
    if done.returncode:
        sys.exit(done.stdout)
    return done.stdout


def chosen(log: str) -> list[str]:
    """The lines that tell the story: one project from its creation to its product, and the end.

    Dots stand for lines left out between others.
    """
    lines = log.splitlines()
    plain = [ESCAPES.sub("", line) for line in lines]
    table = next(n for n, line in enumerate(plain) if HEADING.match(line))
    end_of_table = next(n for n, line in enumerate(plain) if n > table and line in AFTER)
    commands = [n for n, line in enumerate(plain) if line.startswith("$ ")] + [table]
    picked: list[str] = []
    for words in ("new domain flights", "change open flights", "change merge flights"):
        start = next(n for n in commands if words in plain[n])
        end = next(n for n in commands if n > start)
        picked += [*_told(plain, lines, range(start, end)), ""]
    return picked + lines[table:end_of_table]


def _told(plain: list[str], lines: list[str], numbers: range) -> Iterator[str]:
    left_out = False
    for number in numbers:
        if not TOLD.match(plain[number]):
            left_out |= bool(plain[number].strip())
            continue
        if left_out:
            yield "  \x1b[2m...\x1b[0m"
        left_out = False
        yield lines[number]


def draw(lines: list[str]) -> str:
    """The lines as SVG."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    for line in lines:
        console.print(Text.from_ansi(line), overflow="crop", no_wrap=True)
    drawn = console.export_svg(title="make demo", theme=DARK, code_format=FORMAT, unique_id="demo")
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def main() -> None:
    """Draw the picture."""
    log = Path(sys.argv[1]).read_text("utf-8") if len(sys.argv) > 1 else record()
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(draw(chosen(log)), "utf-8")


if __name__ == "__main__":
    main()
