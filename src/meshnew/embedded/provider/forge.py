"""Repositories, their protection, teams and what these may do: the embedded forge."""

from __future__ import annotations

from meshnew.embedded.provider.resource import (
    Resource,
    State,
    deviations,
    number,
    strings,
    text,
)
from meshnew.embedded.records import DATABASE as RECORDS
from meshnew.errors import PlatformError


class Repository(Resource):
    """A bare git repository whose default branch is main."""

    kind = "repository"
    about = "A bare git repository whose default branch is main."
    key = ("name",)
    attributes = (
        text("name", "Name of the repository.", key=True),
        text("description", "One line that says what it is for."),
    )

    def get(self, state: State) -> State | None:
        """There if both its folder and its record are."""
        name = state["name"]
        with self.asking(RECORDS) as ask:
            rows = ask("select name as key, description from repositories", name)
        if not rows or not self.embedded.git.exists(name):
            return None
        return {"name": name, "description": rows[0][0]}

    def put(self, wanted: State) -> None:
        """Make it, empty; content that is there stays."""
        self.embedded.git.create(wanted["name"], wanted["description"])
        with self.records() as records:
            records.execute(
                """
                insert into repositories values (%(name)s, %(description)s)
                on conflict (name) do update set description = excluded.description
                """,
                wanted,
            )

    def remove(self, state: State) -> None:
        """Put one with content aside, unless its data may be dropped."""
        self.embedded.git.delete(state["name"], keep_content=not self.drop_data)
        with self.records() as records:
            records.execute("delete from repositories where name = %(name)s", state)


class BranchProtection(Resource):
    """A branch that takes one first push and then changes only."""

    kind = "branch_protection"
    about = "A branch that takes one first push and then changes only."
    key = ("repository", "branch")
    attributes = (
        text("repository", "Name of the repository.", key=True),
        text("branch", "Name of the branch.", key=True),
        strings("checks", "Checks that must have passed before a change is merged."),
        number("approvals", "How many owners must have approved a change; 0 asks for none."),
        deviations("strays", "Commits that came to the branch past pushes and merges."),
    )

    def get(self, state: State) -> State | None:
        """There if the repository's hooks are intact, and the branch is in its place."""
        name, branch = state["repository"], state["branch"]
        git = self.embedded.git
        if not git.exists(name) or branch not in git.protected(name):
            return None
        with self.asking(RECORDS) as ask:
            rows = ask("select repository as key, branch, checks, approvals from protections", name)
        asked = {where: {"checks": checks, "approvals": count} for where, checks, count in rows}
        if branch not in asked:
            return None
        known = {"repository": name, "branch": branch, "strays": git.strays(name, branch)}
        return known | asked[branch]

    def put(self, wanted: State) -> None:
        """Protect the branch; strays are set aside, on a branch of their own."""
        self.embedded.git.protect(wanted["repository"], wanted["branch"])
        with self.records() as records:
            records.execute(
                """
                insert into protections (repository, branch, checks, approvals)
                values (%(repository)s, %(branch)s, %(checks)s::text[], %(approvals)s)
                on conflict (repository, branch) do update
                set checks = excluded.checks, approvals = excluded.approvals
                """,
                wanted
                | {"checks": sorted(wanted["checks"]), "approvals": int(wanted["approvals"])},
            )

    def remove(self, state: State) -> None:
        """Let the branch take pushes again."""
        if self.embedded.git.exists(state["repository"]):
            self.embedded.git.unprotect(state["repository"], state["branch"])
        with self.records() as records:
            records.execute(
                """
                delete from protections
                where (repository, branch) = (%(repository)s, %(branch)s)
                """,
                state,
            )


class Team(Resource):
    """A team and everyone in it."""

    kind = "team"
    about = "A team and everyone in it."
    key = ("name",)
    attributes = (
        text("name", "Name of the team.", key=True),
        strings("members", "Logins of everyone in the team; others are removed."),
    )

    def get(self, state: State) -> State | None:
        """The team with the members it has."""
        name = state["name"]
        with self.asking(RECORDS) as ask:
            if not ask("select name as key from teams", name):
                return None
            rows = ask("select team as key, member from team_members", name)
        return {"name": name, "members": sorted(member for (member,) in rows)}

    def put(self, wanted: State) -> None:
        """Make the team have these members and no others."""
        with self.records() as records:
            records.execute("insert into teams values (%(name)s) on conflict do nothing", wanted)
            records.execute("select from teams where name = %(name)s for update", wanted)
            records.execute(
                "delete from team_members where team = %(name)s and member <> all (%(members)s)",
                wanted,
            )
            records.execute(
                """
                insert into team_members select %(name)s, unnest(%(members)s::text[])
                on conflict do nothing
                """,
                wanted,
            )

    def remove(self, state: State) -> None:
        """Remove the team, and with it what it may do."""
        with self.records() as records:
            records.execute("delete from teams where name = %(name)s", state)


class Access(Resource):
    """What a team may do in a repository."""

    kind = "repository_access"
    about = "What a team may do in a repository."
    key = ("repository", "team")
    attributes = (
        text("repository", "Name of the repository.", key=True),
        text("team", "Name of the team.", key=True),
        text("permission", "`read`, `write` or `maintain`."),
    )

    def get(self, state: State) -> State | None:
        """The team's permission."""
        query = "select repository as key, team, permission from repository_access"
        with self.asking(RECORDS) as ask:
            permissions = dict(ask(query, state["repository"]))
        found = permissions.get(state["team"])
        return None if found is None else state | {"permission": found}

    def put(self, wanted: State) -> None:
        """Give the team the permission."""
        with self.records() as records:
            known = records.execute("select from teams where name = %(team)s", wanted).fetchone()
            if known is None:
                raise PlatformError(
                    f"there is no team {wanted['team']}",
                    fix="A domain's team is made with the domain, the platform team with the "
                    "mesh: `meshnew apply` does both before a project's repository.",
                )
            records.execute(
                """
                insert into repository_access values (%(repository)s, %(team)s, %(permission)s)
                on conflict (repository, team) do update set permission = excluded.permission
                """,
                wanted,
            )

    def remove(self, state: State) -> None:
        """Take the permission away."""
        with self.records() as records:
            records.execute(
                """
                delete from repository_access
                where (repository, team) = (%(repository)s, %(team)s)
                """,
                state,
            )
