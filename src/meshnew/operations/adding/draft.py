"""Files as they would be: shown as a diff, then written all or not at all."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meshnew.errors import ConflictError
from meshnew.forge import working
from meshnew.mesh.load import refuse_link_out
from meshnew.mesh.write import write_text


@dataclass
class Draft:
    """New texts of files in a folder.

    Attributes:
        folder: where they lie.
        files: path -> its new text.
        before: path -> its text now, None where it is not there.
        moves: path -> path it is renamed to first.
        notes: what else a person should know, a sentence each.
    """

    folder: Path
    files: dict[str, str] = field(default_factory=dict)
    before: dict[str, str | None] = field(default_factory=dict)
    moves: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def create(self, path: str, text: str) -> None:
        """A file that must not be there yet.

        Raises:
            ConflictError: it is.
        """
        if (self.folder / path).exists() or (self.folder / path).is_symlink():
            raise ConflictError(
                "is there already, and what somebody wrote is not written over",
                where=path,
                fix="Edit it by hand, or move it away and give the command again.",
            )
        self.files[path], self.before[path] = text, None

    def replace(self, path: str, before: str, text: str) -> None:
        """A file whose text changes."""
        if text != before:
            self.files[path], self.before[path] = text, before

    def move(self, old: str, new: str) -> None:
        """A file that is renamed.

        Raises:
            ConflictError: something has the new name.
        """
        if (self.folder / new).exists():
            raise ConflictError(
                f"is there already, so that {old} cannot take its name",
                where=new,
                fix="Move it away and give the command again.",
            )
        self.moves[old] = new

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return not self.files and not self.moves

    @property
    def diff(self) -> str:
        """What would change, as a unified diff."""
        return "".join(self._lines())

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "files": sorted(self.files),
            "moved": self.moves,
            "notes": self.notes,
            "diff": self.diff,
        }

    def write(self) -> None:
        """Write everything; what was written before something failed is taken back.

        Raises:
            ConflictError: somebody has changed a file meanwhile; nothing is written.
            SpecError: a folder is a link out of the project; nothing is written.
        """
        self._check()
        undo: list[tuple[Path, str | None]] = []
        moved: list[tuple[str, str]] = []
        try:
            for old, new in self.moves.items():
                working.move(self.folder, old, new)
                moved.append((old, new))
            for path, text in self.files.items():
                undo.append((self.folder / path, self.before[path]))
                write_text(self.folder / path, text)
        except BaseException:
            for place, before in reversed(undo):
                _restore(place, before)
            for old, new in reversed(moved):
                working.move(self.folder, new, old)
            raise

    def _check(self) -> None:
        for path in (*self.files, *self.moves, *self.moves.values()):
            parts = Path(path).parts
            for depth in range(len(parts)):
                refuse_link_out(self.folder.joinpath(*parts[: depth + 1]), self.folder)
        for path, before in self.before.items():
            place = self.folder / path
            now = place.read_text(encoding="utf-8") if place.exists() else None
            if now != before:
                raise ConflictError(
                    "was changed meanwhile, and nothing was written",
                    where=path,
                    fix="Give the command again.",
                )

    def _lines(self) -> Iterator[str]:
        for old, new in self.moves.items():
            yield f"rename from {old}\nrename to {new}\n"
        for path, text in self.files.items():
            before = self.before[path]
            yield from difflib.unified_diff(
                (before or "").splitlines(keepends=True),
                text.splitlines(keepends=True),
                "/dev/null" if before is None else f"a/{path}",
                f"b/{path}",
            )


def _restore(place: Path, before: str | None) -> None:
    with suppress(OSError):  # what could not be written is not there to be taken back
        if before is None:
            place.unlink()
        else:
            write_text(place, before)
