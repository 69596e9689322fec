"""A macro of a domain goes into the internal package: by a change there, and one in the project."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from meshnew.dbt import macros
from meshnew.dbt.macros import Macro
from meshnew.errors import UsageError
from meshnew.forge import Change
from meshnew.operations.changes.change import open_change
from meshnew.operations.changes.package_ci import INTEGRATION
from meshnew.operations.repositories.proposing import checked_out, push_branch
from meshnew.operations.session import Session, require_rendered

_TESTS = f"{INTEGRATION}/tests/plant"


@dataclass(frozen=True)
class Promotion:
    """What was proposed.

    Attributes:
        macro: its name.
        version: of the package that projects import today.
        tests: files of tests that went along.
        moved: the change of the package that brings the macro.
        called: the change of the project that calls it there.
    """

    macro: str
    version: str
    tests: list[str]
    moved: Change
    called: Change

    @property
    def next_version(self) -> str:
        """What the package's version should be once it has the macro."""
        major, minor, *_ = self.version.removeprefix("v").split(".")
        return f"v{major}.{int(minor) + 1}.0"

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        changes = [{"project": c.repository, "number": c.number} for c in (self.moved, self.called)]
        return {"macro": self.macro, "tests": self.tests, "changes": changes} | {
            "version": self.version,
            "next_version": self.next_version,
        }


def promote(session: Session, project: str, name: str) -> Promotion:
    """Propose to move a macro, with its docs and tests, from a project's main to the package.

    The package's change can be merged at once. The project's change waits: its check fails
    until the project imports a version of the package that has the macro.

    Args:
        session: the session.
        project: whose macro it is.
        name: of the macro; what it dispatches to goes along.

    Raises:
        UsageError: there is no such macro on main, it is not described, the package has one of
            that name, or it needs what stays behind.
    """
    package = session.mesh.spec.package
    if project == package:
        raise UsageError(
            f"{package} is where macros are promoted to", fix="Give the command in a project."
        )
    require_rendered(session, project)
    require_rendered(session, package)
    with checked_out(session, project) as here, checked_out(session, package) as there:
        step = f"Move {name} from {project} to {package}"
        with session.journal.step(step, project=project, macro=name):
            found = Move.find(here, there, project, package, name)
            found.write()
        moved = _propose(session, there, package, f"Take {name} over from {project}")
        called = _propose(session, here, project, f"Call {name} of {package}", _waits(moved))
    version = str(session.mesh.projects[package].version)
    return Promotion(name, version, [path.name for path in found.tests], moved, called)


def _waits(moved: Change) -> str:
    return (
        f"Waits for a version of {moved.repository} with change {moved.number}: "
        "until this project imports one, its check fails."
    )


def _propose(session: Session, folder: Path, repository: str, title: str, body: str = "") -> Change:
    branch = "promote-" + title.split()[1].replace("_", "-")
    push_branch(session, folder, branch, title)
    return open_change(session, repository, branch, title=title, body=body)


@dataclass(frozen=True)
class Docs:
    """What describes a macro: its entry in a YAML file, and the file without it."""

    file: Path
    entry: str
    rest: str


@dataclass(frozen=True)
class Move:
    """A macro in checkouts of its project and of the package.

    Attributes:
        here: the project's.
        there: the package's.
        project: its name.
        package: its name.
        name: of the macro.
        parts: the macro, and what it dispatches to.
        docs: what describes it.
        tests: files of tests that go along.
    """

    here: Path
    there: Path
    project: str
    package: str
    name: str
    parts: list[Macro]
    docs: Docs
    tests: list[Path]

    @classmethod
    def find(cls, here: Path, there: Path, project: str, package: str, name: str) -> Move:
        """Find a macro of a domain, and all that belongs to it.

        Raises:
            UsageError: see `promote`.
        """
        own = macros.macros(here / "macros")
        parts = [macro for macro in own if macro.implements(name)]
        platforms = [macro for macro in parts if macro.file.parent == here / "macros"]
        if not parts or platforms:
            raise _unknown(project, name, [m.name for m in own if "__" not in m.name])
        _refuse_taken(there, package, name)
        _refuse_bound(own, parts, project)
        found = cls(here, there, project, package, name, parts, _docs(here, project, name), [])
        return found if not (there / INTEGRATION).is_dir() else found._with_tests()

    def _with_tests(self) -> Move:
        """Tests that call the macro and read nothing of the project go along."""
        for path in macros.files(self.here / "tests", ".sql"):
            text = path.read_text(encoding="utf-8")
            alone = not macros.written_in(path) and not Macro(path.stem, path, text).reads
            if alone and macros.calls(text, [self.name], self.project):
                self.tests.append(path)
        return self

    def write(self) -> None:
        """Edit both checkouts."""
        texts = [macros.moved(part, self.project, self.package).strip() for part in self.parts]
        _write(self.there / "macros" / f"{self.name}.sql", "\n\n".join(texts) + "\n")
        for file in {part.file for part in self.parts}:
            _write(file, macros.cut(file.read_text(encoding="utf-8"), self.parts))
        self._move_docs()
        for path in self.tests:
            text = macros.renamed(path.read_text("utf-8"), self.name, self.project, self.package)
            _write(self.there / _TESTS / path.name, text)
            path.unlink()
        self._note()
        for path in macros.files(self.here, ".sql", ".yml", ".yaml"):
            text = path.read_text(encoding="utf-8")
            new = macros.renamed(text, self.name, self.project, self.package)
            if new != text:
                _write(path, new)

    def _move_docs(self) -> None:
        docs = self.docs
        text = "macros:\n" + textwrap.indent(docs.entry, "  ") + "\n"
        _write(self.there / "macros" / f"{self.name}.yml", text)
        left = yaml.safe_load(docs.rest) or {}
        only = all(key in ("macros", "version") for key in left) and not left.get("macros")
        _write(docs.file, "" if only else docs.rest)

    def _note(self) -> None:
        path = self.there / "CHANGELOG.md"
        text = path.read_text(encoding="utf-8") if path.exists() else "# Changelog\n"
        head, line = "## Next version", f"- Macro `{self.name}`, from {self.project}.\n"
        if head in text:
            _write(path, text.replace(f"{head}\n", f"{head}\n{line}", 1))
        else:
            title, _, rest = text.partition("\n")
            _write(path, f"{title}\n\n{head}\n{line}{rest}")


def _unknown(project: str, name: str, known: list[str]) -> UsageError:
    listed = f" It has {', '.join(sorted(known))}." if known else ""
    return UsageError(
        f"main of {project} has no macro `{name}` in a folder of a domain",
        fix=f"Push and merge it into main before, in macros/DOMAIN/.{listed}",
    )


def _refuse_taken(there: Path, package: str, name: str) -> None:
    for macro in macros.macros(there):
        if macro.implements(name):
            where = macro.file.relative_to(there).as_posix()
            raise UsageError(
                f"{package} has `{name}` already",
                where=f"{package}: {where}",
                fix="Call that one, or give yours another name before.",
            )


def _refuse_bound(own: list[Macro], parts: list[Macro], project: str) -> None:
    """Refuse a macro that would not work outside its project."""
    others = [macro.name for macro in own if macro not in parts]
    for part in parts:
        where = f"{project}: {part.file.name}"
        if called := macros.calls(part.text, others, project):
            listed = ", ".join(called)
            raise UsageError(
                f"`{part.name}` calls {listed}, which {project} keeps",
                where=where,
                fix=f"Promote {listed} before, or write out what is needed of it.",
            )
        if part.reads:
            raise UsageError(
                f"`{part.name}` reads {', '.join(part.reads)}, which {project} keeps",
                where=where,
                fix="Let it take the relation as an argument.",
            )


def _docs(here: Path, project: str, name: str) -> Docs:
    for path in macros.files(here / "macros", ".yml", ".yaml"):
        found = macros.cut_docs(path.read_text(encoding="utf-8"), name)
        if found and yaml.safe_load(found[0])[0].get("description"):
            return Docs(path, *found)
    raise UsageError(
        f"`{name}` is not described",
        where=f"{project}: macros",
        fix=f"Write macros/DOMAIN/{name}.yml: macros: [{{name, description, arguments}}], a line "
        "each, and merge it into main before.",
    )


def _write(path: Path, text: str) -> None:
    """Write a file; one without text is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if text:
        path.write_text(text, encoding="utf-8")
    else:
        path.unlink(missing_ok=True)
