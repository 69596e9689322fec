"""Collect every error that meshnew can end with, from its code, for the reference.

A message is read where it is raised, so none can be missing from the page.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import meshnew
from meshnew.errors import MeshnewError

SOURCE = Path(inspect.getfile(meshnew)).parent


PAGE = """\
# Errors

Every message that meshnew ends with, as its code has them; what is filled in stands in braces. On
the screen the thing concerned comes first, such as a file with its line, and what to do last. A
message in braces alone is passed on from what found it. How commands end:
[exit codes](exit-codes.md).
"""


@dataclass(frozen=True)
class Message:
    """One place that raises an error.

    Attributes:
        kind: name of the class.
        what: what is wrong; what is filled in stands in braces.
        where: the thing concerned, in the same way; empty if `what` names it.
        fix: what to do, in the same way; empty if nothing is said.
        place: file and line of the code.
    """

    kind: str
    what: str
    where: str
    fix: str
    place: str


@cache
def classes() -> dict[str, type[MeshnewError]]:
    """Every class of errors by name: the base first, then those of the code, by exit code."""
    for module in pkgutil.walk_packages(meshnew.__path__, "meshnew."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found, wanted = {}, [MeshnewError]
    while wanted:
        kind = wanted.pop()
        found[kind.__name__] = kind
        wanted += kind.__subclasses__()
    return dict(sorted(found.items(), key=lambda item: (item[1].exit_code, item[0])))


@cache
def messages() -> list[Message]:
    """Every message of the code, by file and line."""
    kinds = classes()
    return [
        message
        for path in sorted(SOURCE.rglob("*.py"))
        for message in _of(path, ast.parse(path.read_text("utf-8")), kinds.keys())
    ]


def page() -> str:
    """The page of the reference: one table a class, by exit code."""
    text = PAGE
    for name, kind in classes().items():
        rows = sorted({_row(message) for message in messages() if message.kind == name})
        if rows:
            meaning = " ".join((kind.__doc__ or "").split())
            text += f"\n## {name}\n{meaning} Exit code {kind.exit_code}.\n\n"
            text += "| what is wrong | what to do |\n| --- | --- |\n" + "".join(rows)
    return text


def _row(message: Message) -> str:
    where = f"{message.where}: " if message.where else ""
    cells = [f"{where}{message.what}", message.fix or "(said with what is wrong)"]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _of(path: Path, tree: ast.Module, kinds: object) -> Iterator[Message]:
    place = path.relative_to(SOURCE).as_posix()
    known = constants(path)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id in kinds and node.args:  # type: ignore[operator]
            given = {word.arg: _text(word.value, known) for word in node.keywords}
            what = _text(node.args[0], known)
            where, fix = given.get("where", ""), given.get("fix", "")
            yield Message(node.func.id, what, where, fix, f"{place}:{node.lineno}")


def constants(path: Path) -> dict[str, str]:
    """Texts that a file of the code names in capitals, its own and those it imports."""
    classes()  # all modules are there then
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    # A program, such as __main__, is not imported.
    module = sys.modules.get(".".join(parts).removesuffix(".__init__"))
    return {
        name: value
        for name, value in vars(module or object).items()
        if name.isupper() and isinstance(value, str)
    }


def _text(node: ast.expr, known: dict[str, str]) -> str:
    """A message as it stands in the code, with the names of what is filled in."""
    if isinstance(node, ast.Constant):
        return " ".join(str(node.value).split())
    if isinstance(node, ast.JoinedStr):
        parts = [
            str(part.value) if isinstance(part, ast.Constant) else _text(part, known)
            for part in node.values
        ]
        return " ".join("".join(parts).split())
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, known)
    if isinstance(node, ast.BinOp):
        return f"{_text(node.left, known)} {_text(node.right, known)}".strip()
    if either := list(_either(node, known)):
        return " / ".join(filter(None, either))
    value = known.get(node.id) if isinstance(node, ast.Name) else None
    return value or "{" + _named(node) + "}"


def _either(node: ast.expr, known: dict[str, str]) -> Iterator[str]:
    """Texts of which a message has one."""
    if isinstance(node, ast.IfExp):
        yield from (_text(node.body, known), _text(node.orelse, known))
    if isinstance(node, ast.Call) and _named(node) == "did_you_mean":
        yield from ("Did you mean `{near}`?", _text(node.args[2], known))


def _named(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id.strip("_").lower()
    if isinstance(node, ast.Attribute):
        return node.attr.strip("_")
    if isinstance(node, ast.Call):
        joined = isinstance(node.func, ast.Attribute) and node.func.attr == "join"
        return _named(node.args[0] if joined and node.args else node.func)
    if isinstance(node, ast.Subscript):
        return _named(node.value)
    return "..."
