"""Projects as nobody would make them, and as everybody may."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST = "p" + "_9x" * 12 + "y"  # 38, and `__dbt__cte__` with `_example_rows` makes it 63


@dataclass(frozen=True)
class Odd:
    """A project as nobody would make it.

    Attributes:
        name: its name, and its domain's.
        description: of the domain.
        owner: name and address.
        team: on the forge.
        member: of the team.
    """

    name: str
    description: str = "All of it"
    owner: tuple[str, str] = ("Olga", "olga@example.com")
    team: str = "odd"
    member: str = "olga"


ODD = [
    Odd(
        "macro",
        "-- 'single' and \"double\"; $(id) `id` # no comment: {a} [b] & *c !d %e \\n é 漢 🚀",
        ('O\'Brien: the "lead", {x} #1 \\', "o'brien+x@example.com"),
        "a-b_c-9",
        "nan",
    ),
    Odd("y", "yes: no", ("null", "*null@example.com"), "on", "n"),
    Odd("lambda", "~", ("[[ project ]] [% raw %]", "!a&b@example.com"), "null", "true1"),
    Odd("doc", "- a\u2028b", ("007", "0x7@example.com"), "e1", "inf"),
    Odd("self", "1e3", ("true", "%a@example.com"), "model", "nan"),
    Odd(LONGEST, "?" * 500, ("A" * 300, f"{'a' * 64}@example.com"), "t" * 63, "o9"),
]


def answers(odd: Odd) -> dict[str, object]:
    """What `meshnew new` is told of it."""
    return {
        "description": odd.description,
        "owner_name": odd.owner[0],
        "owner_email": odd.owner[1],
        "team": odd.team,
        "members": [odd.member],
    }


def spec(odd: Odd) -> dict[str, object]:
    """What its file says."""
    owner = dict(zip(("name", "email"), odd.owner, strict=True))
    about = {"description": odd.description, "owner": owner, "team": odd.team}
    return {"kind": "domain", "domains": {odd.name: {**about, "members": [odd.member]}}}
