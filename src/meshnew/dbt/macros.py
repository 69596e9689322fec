"""Macros in the files of a dbt project: find them, take one out with its docs, rename its calls."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

# A comment right before a macro is part of it.
_MACRO = re.compile(
    r"(?:\{#(?:(?!#\}).)*#\}[ \t]*\n)?"
    r"\{%-?\s*(?:macro|test)\s+(\w+)\s*\(.*?\{%-?\s*end(?:macro|test)\s*-?%\}[ \t]*\n?",
    re.DOTALL,
)
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_READS = re.compile(r"""\b(?:ref|source)\s*\(\s*['"][^)]*\)""")
_KEY = re.compile(r"^(\w[\w-]*):")


@dataclass(frozen=True)
class Macro:
    """A macro, as it is written.

    Attributes:
        name: its name; that of an implementation for one adapter is `postgres__name`.
        file: where it stands.
        text: all of it, with the comment right before it.
    """

    name: str
    file: Path
    text: str

    def implements(self, name: str) -> bool:
        """Whether it is the macro of that name, or what it dispatches to."""
        return self.name == name or self.name.endswith(f"__{name}")

    @property
    def reads(self) -> list[str]:
        """Its own `ref` and `source`, as they are written."""
        return [found for block in _JINJA.findall(self.text) for found in _READS.findall(block)]


def macros(folder: Path) -> list[Macro]:
    """Every macro and generic test in the SQL files below a folder."""
    return [macro for path in files(folder, ".sql") for macro in written_in(path)]


def written_in(path: Path) -> list[Macro]:
    """Every macro and generic test in one file."""
    text = path.read_text(encoding="utf-8")
    return [Macro(match[1], path, match[0]) for match in _MACRO.finditer(text)]


def calls(text: str, names: Iterable[str], project: str) -> list[str]:
    """Which of some macros of a project a text calls."""
    blocks = " ".join(_JINJA.findall(text))
    return [name for name in names if _call(name, project).search(blocks)]


def renamed(text: str, name: str, project: str, package: str) -> str:
    """A text that calls the package's macro instead of the project's; SQL outside Jinja stays."""

    def in_block(block: re.Match[str]) -> str:
        return _call(name, project).sub(f"{package}.{name}", block[0])

    return _JINJA.sub(in_block, text)


def moved(macro: Macro, project: str, package: str) -> str:
    """The text of a macro as the package has it: it dispatches there, not in the project."""
    dispatch = re.compile(rf"""(dispatch\s*\([^)]*?)(['"]){re.escape(project)}\2""")
    return dispatch.sub(rf"\g<1>\g<2>{package}\g<2>", macro.text)


def cut(text: str, taken: Iterable[Macro]) -> str:
    """A file without some macros; empty where nothing but comments is left of it."""
    for macro in taken:
        text = text.replace(macro.text, "")
    left = re.sub(r"\n{3,}", "\n\n", text).strip()
    return f"{left}\n" if re.sub(r"\{#.*?#\}", "", left, flags=re.DOTALL).strip() else ""


def cut_docs(text: str, name: str) -> tuple[str, str] | None:
    """The entry of a macro in a YAML file, and the file without it; None where it has none.

    Works on lines, so that comments and whatever else stands there stay as they are.
    """
    lines = text.splitlines(keepends=True)
    head = re.compile(rf"""^(\s*)- name: (['"]?){re.escape(name)}\2\s*(?:#.*)?$""")
    section = ""
    for start, line in enumerate(lines):
        if key := _KEY.match(line):
            section = key[1]
        if section == "macros" and (match := head.match(line)):
            end = start + 1 + _length(lines[start + 1 :], len(match[1]))
            entry = textwrap.dedent("".join(lines[start:end])).strip()
            return entry, "".join(lines[:start] + lines[end:])
    return None


def _length(lines: list[str], indent: int) -> int:
    """How many lines belong to an entry that is indented so far."""
    for index, line in enumerate(lines):
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            return index
    return len(lines)


def files(folder: Path, *suffixes: str) -> Iterator[Path]:
    """A project's own files; packages, and what git and dbt keep, are left out."""
    foreign = {".git", "dbt_packages", "logs", "target"}
    for path in sorted(folder.rglob("*")):
        if path.suffix in suffixes and not foreign & set(path.relative_to(folder).parts):
            yield path


def _call(name: str, project: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.])(?:{re.escape(project)}\.)?{re.escape(name)}(?=\s*\()")
