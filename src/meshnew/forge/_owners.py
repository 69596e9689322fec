"""Who owns which files, as a CODEOWNERS file says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from codeowners import CodeOwners

PLACES = ("CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS")
"""Where hosted forges look for it; the first that is there counts."""

_COMMENT = re.compile(r"\s#.*$", re.MULTILINE)


def owned(text: str, files: Iterable[str]) -> Mapping[tuple[str, ...], tuple[str, ...]]:
    """Files by their owners; the last line that matches a file counts, any owner on it will do.

    Args:
        text: the file's text.
        files: paths in the repository.

    Returns:
        Names without `@` and without an organisation -> files; the empty tuple has those
        that nobody owns. All are nobody's where the file cannot be understood.
    """
    found: dict[tuple[str, ...], list[str]] = {}
    try:
        known = CodeOwners(_COMMENT.sub("", text))
    except (ValueError, re.error):
        return {(): tuple(files)}
    for file in files:
        names = [name for kind, name in known.of(file) if kind != "EMAIL"]
        short = dict.fromkeys(name.removeprefix("@").rpartition("/")[2] for name in names)
        found.setdefault(tuple(short), []).append(file)
    return {names: tuple(paths) for names, paths in found.items()}
