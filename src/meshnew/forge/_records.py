"""Changes, checks, approvals and who may do what, as the embedded platform's records hold them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from meshnew.errors import ForgeError
from meshnew.forge import Approval, Change, Check, Comment, Protection

if TYPE_CHECKING:
    from psycopg import Connection

    Records = Connection[tuple[Any, ...]]

_CHANGES = """
    select repository, number, branch, title, author, state, opened_at, head,
           merged_by, merge_commit, body
    from changes
    where (%(repository)s::text is null or repository = %(repository)s)
      and (%(number)s::integer is null or number = %(number)s)
      and (%(state)s = 'all' or state = %(state)s)
    order by repository, number
"""
_UPDATE = """
    update changes
    set head = %(head)s, title = %(title)s, body = coalesce(nullif(%(body)s, ''), body)
    where (repository, branch, state) = (%(repository)s, %(branch)s, 'open')
    returning number
"""
_INSERT = """
    insert into changes (repository, number, branch, title, body, author, head)
    select %(repository)s, coalesce(max(number), 0) + 1,
           %(branch)s, %(title)s, %(body)s, %(author)s, %(head)s
    from changes where repository = %(repository)s
    returning number
"""
_MERGED = """
    update changes
    set state = 'merged', merged_at = now(), head = %s, merged_by = %s, merge_commit = %s
    where (repository, number) = (%s, %s)
"""
_MERGERS = """
    select distinct member from repository_access join team_members using (team)
    where repository = %s and permission in ('write', 'maintain') order by member
"""
_REPORT = """
    insert into checks (repository, commit, name, state, summary, run)
    values (%s, %s, %s, %s, %s, %s)
    on conflict (repository, commit, name) do update
    set state = excluded.state, summary = excluded.summary, run = excluded.run, at = now()
"""
_APPROVE = """
    insert into approvals (repository, number, commit, member) values (%s, %s, %s, %s)
    on conflict do nothing
"""


def read(
    records: Records, repository: str | None, *, number: int | None = None, state: str = "all"
) -> list[Change]:
    """Changes by repository and number; None stands for all."""
    asked = {"repository": repository, "number": number, "state": state}
    rows = records.execute(_CHANGES, asked)
    return [replace(Change(*fields), body=body) for *fields, body in rows]


def one(records: Records, repository: str, number: int) -> Change:
    """One change.

    Raises:
        ForgeError: there is none of that number.
    """
    for change in read(records, repository, number=number):
        return change
    raise ForgeError(
        f"{repository} has no change {number}", fix=f"See: meshnew change list {repository}"
    )


def lock(records: Records, repository: str) -> None:
    """Let nobody else number or merge changes of a repository in this transaction."""
    query = "select from repositories where name = %s for no key update"
    if records.execute(query, [repository]).fetchone() is None:
        raise ForgeError(
            f"the forge has no record of repository {repository}",
            fix=f"`meshnew apply {repository}` mends it.",
        )


def propose(records: Records, proposed: dict[str, Any]) -> int:
    """Record a proposal: as news of the open change of its branch, or as a new change."""
    row = records.execute(_UPDATE, proposed).fetchone()
    row = row or records.execute(_INSERT, proposed).fetchone()
    return int(row[0]) if row else 0


def merged(records: Records, change: Change) -> None:
    """Record that a change was merged."""
    values = [change.head, change.merged_by, change.merge_commit]
    records.execute(_MERGED, [*values, change.repository, change.number])


def closed(records: Records, repository: str, number: int) -> None:
    """Record that a change was closed."""
    query = "update changes set state = 'closed' where (repository, number) = (%s, %s)"
    records.execute(query, [repository, number])


def mergers(records: Records, repository: str) -> list[str]:
    """Members of the teams that may write to a repository, sorted."""
    return [member for (member,) in records.execute(_MERGERS, [repository])]


def protection(records: Records, repository: str, branch: str) -> Protection:
    """What changes of a branch need; nothing where it is not protected."""
    query = "select checks, approvals from protections where (repository, branch) = (%s, %s)"
    row = records.execute(query, [repository, branch]).fetchone()
    return Protection(tuple(sorted(row[0])), row[1]) if row else Protection()


def teams(records: Records) -> dict[str, list[str]]:
    """Everyone in each team; a team may be empty."""
    query = """
        select teams.name, member from teams left join team_members on team = teams.name
        order by teams.name, member
    """
    found: dict[str, list[str]] = {}
    for team, member in records.execute(query):
        found.setdefault(team, []).extend([member] if member else [])
    return found


def maintainers(records: Records, repository: str) -> tuple[str, ...]:
    """Teams that stand in for any owner of a repository's files: the platform team."""
    query = """
        select team from repository_access
        where (repository, permission) = (%s, 'maintain') order by team
    """
    return tuple(team for (team,) in records.execute(query, [repository]))


def report(records: Records, repository: str, check: Check) -> None:
    """Record what a check found."""
    values = [check.commit, check.name, check.state, check.summary, check.run]
    records.execute(_REPORT, [repository, *values])


def checks(records: Records, repository: str, commit: str) -> list[Check]:
    """What checks found on a commit, by name."""
    query = """
        select name, commit, state, summary, run, at from checks
        where (repository, commit) = (%s, %s) order by name
    """
    return [Check(*row) for row in records.execute(query, [repository, commit])]


def approve(records: Records, change: Change, member: str) -> None:
    """Record an approval of the commit a change stands for."""
    records.execute(_APPROVE, [change.repository, change.number, change.head, member])


def approvals(records: Records, repository: str, number: int) -> list[Approval]:
    """All approvals of a change, in the order they were given."""
    query = """
        select member, commit, at from approvals
        where (repository, number) = (%s, %s) order by at, member
    """
    return [Approval(*row) for row in records.execute(query, [repository, number])]


def comment(records: Records, change: Change, body: str, member: str) -> None:
    """Record what somebody said of a change."""
    query = "insert into comments (repository, number, member, body) values (%s, %s, %s, %s)"
    records.execute(query, [change.repository, change.number, member, body])


def comments(records: Records, repository: str, number: int) -> list[Comment]:
    """What was said of a change, in that order."""
    query = """
        select member, body, at from comments
        where (repository, number) = (%s, %s) order by id
    """
    return [Comment(*row) for row in records.execute(query, [repository, number])]
