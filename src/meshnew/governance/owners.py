"""Does every file have an owner, does every owner exist, and is it the right one?"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from codeowners import CodeOwners

from meshnew.governance.finding import Finding, Severity
from meshnew.mesh.names import FOLDERS

RULES = {
    "owners-file": "There is a CODEOWNERS, and git's patterns in it can be understood.",
    "owners-every-file": "Every file has an owner.",
    "owners-exist": "Every owner is a team or a person of the forge, named as the forge names it.",
    "owners-right-team": "A domain's folders belong to its team, the platform's files to the "
    "platform team alone.",
}
"""Id of each rule about owners -> what it asks."""

_EVERYTHING = "*"
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_SECTION = re.compile(r"\^?\[")


@dataclass(frozen=True)
class Expected:
    """Who ought to own a project's files.

    Attributes:
        platform: the platform team.
        domains: domain -> its team.
        prefix: what stands before a team's name on the forge: `@`, or `@organisation/`.
        files: paths that belong to the platform although they may lie in a domain's folder.
        teams: every team of the forge; None where the forge was not asked.
        is_person: whether the forge knows somebody by a login.
        first: the change that brings the project to its spec, and has to be merged first where
            a team was renamed there; empty where there is none.
    """

    platform: str
    domains: Mapping[str, str] = field(default_factory=dict, hash=False)
    prefix: str = "@"
    files: Collection[str] = ()
    teams: Collection[str] | None = field(default=None, hash=False)
    is_person: Callable[[str], bool] = field(default=lambda _: False, hash=False)
    first: str = ""

    def team(self, name: str) -> str:
        """A team as CODEOWNERS names it."""
        return f"{self.prefix}{name}"


def check(path: str, text: str | None, files: Iterable[str], expected: Expected) -> list[Finding]:
    """What is wrong with the owners of a project's files, by line of CODEOWNERS.

    Args:
        path: where CODEOWNERS lies.
        text: what it says; None where there is none.
        files: every file of the project.
        expected: who ought to own them.
    """
    if text is None:
        what = f"there is no {path}, so nobody has to approve a change"
        mend = f"Take it back from the commit that had it: git log -- {path}"
        return [Finding("owners-file", Severity.ERROR, path, 0, what, mend)]
    lines = [_COMMENT.sub("", line).strip() for line in text.splitlines()]
    try:
        known = CodeOwners("\n".join(lines))
    except (ValueError, re.error) as error:
        mend = "Write the pattern as .gitignore would, without `!` and `[`."
        return [Finding("owners-file", Severity.ERROR, path, 0, f"not understood: {error}", mend)]
    owned = _Owned(path, known, expected)
    found = [
        *_names(path, lines, expected),
        *(finding for group in _groups(files, owned) for finding in owned.judge(*group)),
    ]
    return sorted(found, key=lambda item: (item.line, item.rule, item.what))


@dataclass(frozen=True)
class _Owned:
    """Files by the line that decides about them."""

    path: str
    known: CodeOwners
    expected: Expected

    def line(self, file: str) -> tuple[int, tuple[str, ...]]:
        """Which line decides about a file, 0 for none, and whom it names."""
        owners, number, _, _ = self.known.matching_line(file)
        return number or 0, tuple(name for _, name in owners)

    def wanted(self, file: str) -> tuple[str, str]:
        """The team a file belongs to, empty where any will do, and the folder to name for it."""
        top, _, rest = file.partition("/")
        domain = rest.partition("/")[0]
        if file in self.expected.files:
            return self.expected.platform, file
        if top in FOLDERS and "/" in rest and domain in self.expected.domains:
            return self.expected.domains[domain], f"{top}/{domain}/"
        return "", f"{top}/" if rest else file

    def judge(
        self, line: int, names: tuple[str, ...], team: str, folder: str, files: list[str]
    ) -> Iterator[Finding]:
        """What is wrong with some files that one line decides about."""
        platform = self.expected.platform
        right = self.expected.team(team or platform)
        everything = folder == _EVERYTHING
        add = f"`{folder if everything else '/' + folder} {right}`"
        which = _few(files) if everything or team == platform else f"{folder} ({_few(files)})"
        if not names:
            what = f"nobody owns {which}"
            where = "Add as the first line" if everything else "Add the line"
            mend = f"Name an owner on line {line}." if line else f"{where}: {add}."
            yield self._finding("owners-every-file", line, what, mend)
        elif (team == platform and set(names) != {right}) or (team and right not in names):
            what = f"{which} belongs to {' and '.join(names)} and not to {right}"
            below = f"Add below line {line}: {add}."
            yield self._finding("owners-right-team", line, what, below)

    def _finding(self, rule: str, line: int, what: str, mend: str) -> Finding:
        return Finding(rule, Severity.ERROR, self.path, line, what, mend)


def _groups(
    files: Iterable[str], owned: _Owned
) -> Iterator[tuple[int, tuple[str, ...], str, str, list[str]]]:
    """Files that one line decides about and that belong together."""
    found: dict[tuple[int, tuple[str, ...], str, str], list[str]] = {}
    folders: dict[tuple[int, str], str] = {}
    for file in sorted(files):
        team, folder = owned.wanted(file)
        line, names = owned.line(file)
        if not line and team in ("", owned.expected.platform):
            team, folder = owned.expected.platform, _EVERYTHING
        elif team == owned.expected.platform:
            # One finding for all platform files of a line; the first is named.
            folder = folders.setdefault((line, team), folder)
        found.setdefault((line, names, team, folder), []).append(file)
    for (line, names, team, folder), group in found.items():
        yield line, names, team, folder, group


def _names(path: str, lines: list[str], expected: Expected) -> Iterator[Finding]:
    """Owners that the forge does not know, or not under that name."""
    for number, line in enumerate(lines, start=1):
        if not line or _SECTION.match(line):
            continue
        for name in line.replace("\\ ", "/").split()[1:]:
            if problem := _problem(name, expected):
                yield Finding("owners-exist", Severity.ERROR, path, number, *problem)


def _problem(name: str, expected: Expected) -> tuple[str, str] | None:
    """Why a name is no owner on the forge, and what to write."""
    organization, _, short = name.removeprefix("@").rpartition("/")
    plain = expected.prefix == "@"
    if not name.startswith("@"):
        if "@" in name and not plain:
            return None  # an address, which hosted forges know
        return f"`{name}` is no owner", f"Name a team: `{_near(name, expected)}`."
    if expected.teams is None:
        return None
    right = expected.team(short)
    if short in expected.teams and name != right:
        return f"`{name}` is not how the forge names the team {short}", f"Write `{right}`."
    if short in expected.teams or (not organization and expected.is_person(short)):
        return None
    mend = f"Did you mean `{_near(short, expected)}`? A new team comes from projects/*.yml."
    if expected.first and short in (expected.platform, *expected.domains.values()):
        mend = f"Merge {expected.first} first: it names the teams as the spec does now."
    return f"`{name}` is no team and no person of the forge", mend


def _near(name: str, expected: Expected) -> str:
    near = difflib.get_close_matches(name, expected.teams or [], n=1, cutoff=0.5)
    return expected.team(near[0] if near else expected.platform)


def _few(files: list[str]) -> str:
    # A folder's placeholder says least of what is in it.
    shown = min(files, key=lambda file: file.endswith("/.gitkeep"))
    more = len(files) - 1
    return f"{shown} and {more} more" if more else shown
