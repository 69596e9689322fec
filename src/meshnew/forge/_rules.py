"""What a change needs before it may be merged: pure functions of what the forge knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from meshnew.errors import ForgeError
from meshnew.forge import Approval, Change, Check, Lack, Owners, Protection
from meshnew.forge._owners import owned


@dataclass(frozen=True)
class Facts:
    """What is known of a change.

    Attributes:
        change: the change, with its files and the commit it proposes now.
        protection: what main asks for.
        codeowners: text of main's CODEOWNERS; empty without one.
        members: team -> who is in it.
        platform: teams that stand in for any owner.
        fallback: names of those who own what nobody owns.
        committers: logins of who wrote its commits.
        checks: what checks found on the commit.
        approvals: all of the change.
        runs_checks: whether the forge's own CI runs the checks.
    """

    change: Change
    protection: Protection
    codeowners: str
    members: Mapping[str, Collection[str]]
    platform: tuple[str, ...]
    fallback: tuple[str, ...]
    committers: Iterable[str]
    checks: Iterable[Check]
    approvals: Collection[Approval]
    runs_checks: bool = False

    @property
    def authors(self) -> frozenset[str]:
        """Who must not approve it: who opened it and who wrote it."""
        return frozenset({self.change.author, *self.committers})

    @property
    def approved_by(self) -> frozenset[str]:
        """Who approved the very commit and may do so."""
        given = {item.by for item in self.approvals if item.commit == self.change.head}
        return frozenset(given - self.authors)


def owners(facts: Facts) -> list[Owners]:
    """Who must approve: one group for each set of owners, in the order of their first file."""
    if not facts.protection.approvals:
        return []
    groups: dict[tuple[str, ...], Owners] = {}
    for names, files in owned(facts.codeowners, facts.change.files).items():
        # A team that is gone, or never was, leaves its files to the platform team.
        known = tuple(n for n in names if _people(facts, [n])) or facts.fallback
        people = _people(facts, [*known, *facts.platform]) - facts.authors
        group = Owners(
            known, files, tuple(sorted(people)), tuple(sorted(people & facts.approved_by))
        )
        before = groups.get(known)
        groups[known] = replace(group, files=before.files + files) if before else group
    return list(groups.values())


def lacks(facts: Facts) -> list[Lack]:
    """What is missing, with the command that gives it."""
    change = facts.change
    return [*_missing_checks(facts), *_missing_approvals(facts)] if change.state == "open" else []


def require_may_approve(facts: Facts, actor: str) -> None:
    """Refuse who wrote the change or owns none of its files.

    Raises:
        ForgeError: naming who may.
    """
    change, groups = facts.change, owners(facts)
    if not groups:
        return
    people = sorted({person for group in groups for person in group.people})
    if actor in people:
        return
    way = _ask(change, people)
    if actor in facts.authors:
        raise ForgeError(
            f"{actor} wrote change {change.number} of {change.repository}: "
            "somebody else approves it",
            fix=way,
        )
    raise ForgeError(
        f"{actor} owns no file of change {change.number} of {change.repository}", fix=way
    )


def _missing_checks(facts: Facts) -> list[Lack]:
    change = facts.change
    found = {check.name: check for check in facts.checks}
    command = f"meshnew change checks {change.repository} {change.number}"
    command += "" if facts.runs_checks else " --run"
    restart = f"The forge's CI runs it: see {command}" if facts.runs_checks else command
    missing = []
    for name in facts.protection.checks:
        check = found.get(name)
        if check is None:
            missing.append(Lack(f"check {name} has not run on its last commit", restart))
        elif check.state == "running":
            missing.append(Lack(f"check {name} is still running, or was stopped", restart))
        elif check.state == "failed":
            what = f"check {name} failed" + (f" ({check.summary})" if check.summary else "")
            look = f"meshnew runs {check.run}" if check.run else check.page or command
            missing.append(Lack(what, f"See why: {look}; mend it and push to {change.branch}"))
    return missing


def _missing_approvals(facts: Facts) -> list[Lack]:
    change, groups = facts.change, owners(facts)
    missing = [
        Lack(
            f"nobody of {' or '.join(group.names) or 'the platform team'} has approved "
            f"{_few(group.files)}",
            _ask(change, group.people),
        )
        for group in groups
        if not group.approved_by
    ]
    given = {person for group in groups for person in group.approved_by}
    wanted = facts.protection.approvals
    if groups and not missing and len(given) < wanted:
        people = {person for group in groups for person in group.people} - given
        what = f"{len(given)} of {wanted} approvals are given"
        missing.append(Lack(what, _ask(change, sorted(people))))
    earlier = {a.by for a in facts.approvals if a.commit != change.head} - given
    if missing and earlier:
        first = missing[0]
        what = f"{first.what} (a push took back what {', '.join(sorted(earlier))} approved)"
        missing[0] = replace(first, what=what)
    return missing


def _ask(change: Change, people: Collection[str]) -> str:
    """The command that approves, for those who may give it."""
    if not people:
        return (
            "Nobody but its authors could: add somebody to the team, or to platform_team in "
            "mesh.yml; a mesh of one person says `approvals: 0` there. Then: meshnew apply --all"
        )
    command = f"meshnew change approve {change.repository} {change.number}"
    return f"{' or '.join(people)} approves: {command}"


def _people(facts: Facts, names: Iterable[str]) -> set[str]:
    """Everyone in teams, and people named themselves."""
    everyone = {person for people in facts.members.values() for person in people}
    found: set[str] = set()
    for name in names:
        found |= set(facts.members.get(name, {name} & everyone))
    return found


def _few(files: tuple[str, ...]) -> str:
    more = len(files) - 1
    return f"{files[0]} and {more} more file{'s' if more > 1 else ''}" if more else files[0]
