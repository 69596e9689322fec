"""Keeps machine paths and secrets out of what is shown, logged or stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

_SECRET_NAME = re.compile(
    r"PASSWORD|PASSWD|TOKEN|SECRET|PASSPHRASE|CREDENTIAL|_KEY$", re.IGNORECASE
)
_SHORTEST_SECRET = 6  # below that, masking would eat ordinary words
_URL_LOGIN = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+@")
# Not after a word character, a dot, a colon or a slash: those are URLs and relative paths.
_ABSOLUTE = re.compile(r"""(?<![\w.:/~>-])/(?:[^\s/'"`:,;()]+/)+""")


def scrubber(
    environ: Mapping[str, str] = {}, folders: Iterable[tuple[Path, str]] = ()
) -> Callable[[str], str]:
    """A function that takes secrets and absolute paths out of a text.

    Args:
        environ: the environment of the process that wrote the text. Values of variables
            named like a secret become `***`, folders that git's `insteadOf` puts in for a
            URL become that URL again, the folder of Postgres' socket becomes `<socket>`.
        folders: folders and what to call them; an empty name makes paths in it relative.
    """
    known = _replacements(environ, folders)

    def scrub(text: str) -> str:
        for old, new in known:
            text = text.replace(old, new)
        return _ABSOLUTE.sub("…/", _URL_LOGIN.sub("***@", text))

    return scrub


def relative_paths(folders: Iterable[tuple[Path, str]]) -> Callable[[str], str]:
    """Like `scrubber`, but replaces the given folders only: safe for text that is code."""
    known = _replacements({}, folders)

    def scrub(text: str) -> str:
        for old, new in known:
            text = text.replace(old, new)
        return text

    return scrub


def _replacements(
    environ: Mapping[str, str], folders: Iterable[tuple[Path, str]]
) -> list[tuple[str, str]]:
    known: dict[str, str] = {}
    for name, value in environ.items():
        if len(value) >= _SHORTEST_SECRET and _SECRET_NAME.search(name):
            known[value] = "***"
    for index in range(int(environ.get("GIT_CONFIG_COUNT") or 0)):
        key = environ.get(f"GIT_CONFIG_KEY_{index}", "")
        if match := re.fullmatch(r"url\.(.+)\.insteadof", key, re.IGNORECASE | re.DOTALL):
            known[match[1]] = environ.get(f"GIT_CONFIG_VALUE_{index}", "")
    socket = environ.get("PGHOST", "")
    if socket.startswith("/"):
        known[socket] = "<socket>"
    for folder, called in folders:
        for path in {str(folder), str(folder.resolve())}:
            known[f"{path}/"] = f"{called}/" if called else ""
            known[path] = called or "."
    # The longest first, so that a folder inside another keeps its own name.
    return sorted(known.items(), key=lambda item: -len(item[0]))
