"""Changes as the embedded platform's records hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meshnew.errors import ForgeError
from meshnew.forge import Change

if TYPE_CHECKING:
    from psycopg import Connection

    Records = Connection[tuple[Any, ...]]

_CHANGES = """
    select repository, number, branch, title, author, state, opened_at, head,
           merged_by, merge_commit
    from changes
    where (%(repository)s::text is null or repository = %(repository)s)
      and (%(number)s::integer is null or number = %(number)s)
      and (%(state)s = 'all' or state = %(state)s)
    order by repository, number
"""


def read(
    records: Records, repository: str | None, *, number: int | None = None, state: str = "all"
) -> list[Change]:
    """Changes by repository and number; None stands for all."""
    asked = {"repository": repository, "number": number, "state": state}
    return [Change(*row) for row in records.execute(_CHANGES, asked)]


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
