"""Every message an error can have, read from the code: for the reference, and for its review.

`docs/make_reference.py` writes `errors()` to docs/reference/errors.md; a test reviews `raised()`.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import meshnew
from meshnew import errors as base
from meshnew.cli import _InterruptedError
from meshnew.dbt.lint import NoLinterError
from meshnew.errors import MeshnewError
from meshnew.forge._failures import OvertakenError

SOURCE = Path(meshnew.__file__).parent
SOMETHING = "…"
NOTE = "<!-- Written by docs/make_reference.py: do not edit. -->\n"
HEAD = """\
# Errors

What stops a command, by class: the exit code it ends with, what it means, and every message there
is, with what to do about it. `…` stands for what differs from case to case; what git, Terraform,
dbt or the database say themselves is in their words. A message begins with the place it is about:
file, line and key, or the thing's name. See [exit codes](exit-codes.md).
"""


@dataclass(frozen=True, order=True)
class Raised:
    """A place of the code that makes an error.

    Attributes:
        kind: name of the error's class.
        what: its message; `SOMETHING` where it is made elsewhere.
        fix: what to do; None where nothing is said.
        where: whether it names a place besides.
        place: file and line of the code.
    """

    kind: str
    what: str
    fix: str | None
    where: bool
    place: str


def classes() -> dict[str, type[MeshnewError]]:
    """All classes of errors by name."""
    found = [*vars(base).values(), _InterruptedError, NoLinterError, OvertakenError]
    kinds = [kind for kind in found if inspect.isclass(kind) and issubclass(kind, MeshnewError)]
    return {kind.__name__: kind for kind in kinds}


def raised() -> Iterator[Raised]:
    """Every place that makes an error."""
    known = classes()
    for path in sorted(SOURCE.rglob("*.py")):
        if "_assets" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in known and node.args:
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                yield Raised(
                    getattr(node.func, "id", ""),
                    _text(node.args[0]),
                    _text(given["fix"]) if "fix" in given else None,
                    "where" in given,
                    f"{path.relative_to(SOURCE)}:{node.lineno}",
                )


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + _text(node.right)
    if isinstance(node, ast.IfExp):
        return _text(node.body)
    return SOMETHING


def errors() -> str:
    """The page."""
    found = list(raised())
    parts = []
    for name, kind in classes().items():
        if kind is MeshnewError:
            continue
        own = {(item.what, item.fix or "") for item in found if item.kind == name}
        told = sorted((what, fix) for what, fix in own if what != SOMETHING)
        meaning = (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")
        text = f"\n## {name.strip('_')}\n\nExit code {kind.exit_code}. {meaning}\n"
        if told:
            rows = "".join(f"| {_cell(what)} | {_cell(fix)} |\n" for what, fix in told)
            text += f"\n| message | what to do |\n| --- | --- |\n{rows}"
        parts.append(text)
    return NOTE + HEAD + "".join(parts)


def _cell(text: str) -> str:
    escaped = text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
    return " ".join(escaped.split())
