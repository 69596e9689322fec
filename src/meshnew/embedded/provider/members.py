"""Who is a member of which role."""

from __future__ import annotations

from psycopg.sql import SQL, Identifier

from meshnew.embedded.provider.resource import (
    Cursor,
    Resource,
    State,
    deviations,
    one,
    strings,
    text,
)

_ROWS = """
    select r.rolname as key, m.rolname, g.rolname, a.admin_option, a.inherit_option and a.set_option
    from pg_auth_members a
    join pg_roles r on r.oid = a.roleid
    join pg_roles m on m.oid = a.member
    join pg_roles g on g.oid = a.grantor
"""


class Membership(Resource):
    """One role has all rights of another."""

    kind = "membership"
    about = "One role has all rights of another. Other memberships are left alone."
    key = ("role", "member")
    attributes = (
        text("role", "Role whose rights are given.", key=True),
        text("member", "Role that gets them.", key=True),
    )

    def get(self, state: State) -> State | None:
        """There if the member has the role's rights and may act as it."""
        with self.asking() as ask:
            rows = ask(_ROWS, state["role"])
        found = any(member == state["member"] and full for member, _, _, full in rows)
        return dict(state) if found else None

    def put(self, wanted: State) -> None:
        """Make the member one, in full."""
        grant = SQL("grant {} to {} with inherit true, set true")
        with self.change() as server:
            server.execute(grant.format(Identifier(wanted["role"]), Identifier(wanted["member"])))

    def remove(self, state: State) -> None:
        """End the membership, whoever granted it."""
        with self.change() as server:
            _revoke(server, state["role"], {state["member"]})


class RoleMembers(Resource):
    """Who may be a member of a role; everybody else is removed."""

    kind = "role_members"
    about = "Who may be a member of a role; everybody else is removed. It adds nobody."
    key = ("role",)
    attributes = (
        text("role", "The role.", key=True),
        strings("allowed", "Roles that may be members."),
        deviations("strangers", "Members that may not be, or that may let others in."),
    )

    def get(self, state: State) -> State | None:
        """The role with the strangers in it."""
        allowed = set(state.get("allowed") or ())
        with self.asking() as ask:
            if not ask("select rolname as key from pg_roles", state["role"]):
                return None
            rows = ask(_ROWS, state["role"])
        strangers = {name for name, _, admin, _ in rows if admin or name not in allowed}
        return {
            "role": state["role"],
            "allowed": sorted(allowed),
            "strangers": sorted(strangers),
        }

    def put(self, wanted: State) -> None:
        """Remove strangers, and from members the right to let others in."""
        with self.change() as server:
            rows = one(server, _ROWS, wanted["role"])
            strangers = {name for name, _, _, _ in rows} - set(wanted["allowed"])
            _revoke(server, wanted["role"], strangers)
            keepers = {name for name, _, admin, _ in rows if admin} - strangers
            _revoke(server, wanted["role"], keepers, SQL("admin option for "))

    def remove(self, state: State) -> None:
        """Nothing to take away: it only ever removed strangers."""


def _revoke(server: Cursor, role: str, members: set[str], option: SQL = SQL("")) -> None:  # noqa: B008
    """Take members out of a role; a plain REVOKE would leave what others granted."""
    for member, grantor, admin, _ in sorted(one(server, _ROWS, role)):
        if member in members and (admin or not option.as_string()):
            server.execute(
                SQL("revoke {}{} from {} granted by {} cascade").format(
                    option, Identifier(role), Identifier(member), Identifier(grantor)
                )
            )
