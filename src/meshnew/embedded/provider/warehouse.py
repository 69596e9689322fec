"""Roles, the database and its schemas."""

from __future__ import annotations

from contextlib import suppress

from psycopg import errors, sql
from psycopg.sql import SQL, Identifier

from meshnew.embedded.provider import closed_database, rights
from meshnew.embedded.provider.resource import (
    Cursor,
    Resource,
    State,
    deviations,
    flag,
    text,
)
from meshnew.errors import PlatformError

# Column of pg_roles -> the power it gives. None of them is anybody's but the superuser's.
_POWERS = {
    "rolsuper": "superuser",
    "rolcreaterole": "createrole",
    "rolcreatedb": "createdb",
    "rolreplication": "replication",
    "rolbypassrls": "bypassrls",
}
_ROLES = f"""
    select rolname as key, rolcanlogin, shobj_description(oid, 'pg_authid'), {", ".join(_POWERS)}
    from pg_roles
"""  # noqa: S608


class Role(Resource):
    """A role or a login, without any power over the server."""

    kind = "role"
    about = "A role or a login, without any power over the server."
    key = ("name",)
    attributes = (
        text("name", "Name of the role.", key=True),
        flag("login", "Whether it may connect."),
        text("comment", "What it is for.", optional=True),
        deviations("powers", "Powers over the server that it has and must not have."),
    )

    def get(self, state: State) -> State | None:
        """The role with the powers it has."""
        with self.asking() as ask:
            rows = ask(_ROLES, state["name"])
        if not rows:
            return None
        login, comment, *held = rows[0]
        powers = [power for power, has in zip(_POWERS.values(), held, strict=True) if has]
        return {"name": state["name"], "login": login, "comment": comment, "powers": powers}

    def put(self, wanted: State) -> None:
        """Make the role, or make the one that is there as it should be."""
        role = Identifier(wanted["name"])
        refused = SQL(" ").join(SQL(f"no{power}") for power in _POWERS.values())
        login = SQL("login") if wanted["login"] else SQL("nologin")
        with self.change() as server:
            found = server.execute("select from pg_roles where rolname = %(name)s", wanted)
            verb = SQL("create") if found.fetchone() is None else SQL("alter")
            server.execute(SQL("{} role {} {} inherit {}").format(verb, role, login, refused))
            comment = sql.Literal(wanted["comment"])
            server.execute(SQL("comment on role {} is {}").format(role, comment))
            # No attribute: Terraform's plans and state would hold it.
            if wanted["login"]:
                self.embedded.postgres.passwords.give(server, wanted["name"])

    def remove(self, state: State) -> None:
        """Drop the role and every right given to it, unless it owns something."""
        name = state["name"]
        with self.session() as server:
            if server.execute("select from pg_roles where rolname = %s", [name]).fetchone() is None:
                return
        if self.has_database(self.embedded.database):
            with self.change(self.embedded.database) as connection:
                closed_database.drop_scratch_schemas(connection, name)
                self._refuse_owner(connection, name)
                cascade = SQL("cascade" if self.drop_data else "restrict")
                connection.execute(SQL("drop owned by {} {}").format(Identifier(name), cascade))
        with self.change() as server:
            # First: what a crash leaves then is a login that the next command gives a password.
            self.embedded.postgres.passwords.forget(name)
            server.execute(SQL("drop role if exists {}").format(Identifier(name)))

    def _refuse_owner(self, connection: Cursor, name: str) -> None:
        query = """
            select pg_describe_object(classid, objid, objsubid) from pg_shdepend
            where refobjid = %s::regrole and deptype = 'o'
              and classid <> 'pg_default_acl'::regclass
              and dbid = (select oid from pg_database where datname = current_database())
        """
        owned = connection.execute(query, [f'"{name}"']).fetchall()
        if owned and not self.drop_data:
            some = ", ".join(what for (what,) in owned[:3])
            raise PlatformError(
                f"{name} still owns {len(owned)} objects, such as {some}",
                fix="Drop them or give them to another role, or repeat with --with-data to "
                "drop them too.",
            )


class Database(Resource):
    """The warehouse's database: everybody may connect, nobody may make schemas in it."""

    kind = "database"
    about = "The warehouse's database: everybody may connect, nobody may make schemas in it."
    key = ("name",)
    attributes = (
        text("name", "Name of the database.", key=True),
        deviations("strangers", "Rights on the database that nobody should have."),
    )

    def get(self, state: State) -> State | None:
        """The database and what is wrong with it."""
        name = state["name"]
        if not self.has_database(name):
            return None
        with self.session(name) as connection:
            return {"name": name, "strangers": closed_database.database_deviations(connection)}

    def put(self, wanted: State) -> None:
        """Make the database, close it, and make the functions that CI calls."""
        name = wanted["name"]
        # It may be there, or another process may make it at this moment.
        with suppress(errors.DuplicateDatabase, errors.UniqueViolation), self.session() as server:
            server.execute(SQL("create database {}").format(Identifier(name)))
        with self.change(name) as connection:
            closed_database.close_database(connection, name)

    def remove(self, state: State) -> None:
        """Drop the database unless it holds tables."""
        name = state["name"]
        if not self.has_database(name):
            return
        if not self.drop_data:
            with self.session(name) as connection:
                refuse_data(connection, None)
        with self.session() as server:
            server.execute(SQL("drop database if exists {} with (force)").format(Identifier(name)))


class WarehouseSchema(Resource):
    """A schema and who owns it."""

    kind = "schema"
    about = "A schema and who owns it."
    key = ("database", "name")
    attributes = (
        text("database", "Database that the schema lies in.", key=True),
        text("name", "Name of the schema.", key=True),
        text("owner", "Role that owns the schema."),
    )

    def get(self, state: State) -> State | None:
        """The schema with its owner."""
        with self.asking(state["database"]) as ask:
            rows = ask(rights.OWNERS, state["name"])
        return state | {"owner": rows[0][0]} if rows else None

    def put(self, wanted: State) -> None:
        """Make the schema, or give the one that is there to its owner."""
        name, owner = Identifier(wanted["name"]), Identifier(wanted["owner"])
        with self.change(wanted["database"]) as connection:
            made = SQL("create schema if not exists {} authorization {}")
            connection.execute(made.format(name, owner))
            connection.execute(SQL("alter schema {} owner to {}").format(name, owner))

    def remove(self, state: State) -> None:
        """Drop the schema unless it holds tables."""
        cascade = SQL("cascade" if self.drop_data else "restrict")
        with self.change(state["database"]) as connection:
            if not self.drop_data:
                refuse_data(connection, state["name"])
            drop = SQL("drop schema if exists {} {}")
            connection.execute(drop.format(Identifier(state["name"]), cascade))


def refuse_data(connection: Cursor, schema: str | None) -> None:
    """Refuse to go on where a schema holds relations; any schema if None is given.

    Raises:
        PlatformError: it does; some of them are named.
    """
    query = """
        select format('%%I.%%I', nspname, relname) from pg_class c
        join pg_namespace n on n.oid = relnamespace
        where relkind in ('r', 'v', 'm', 'f', 'p') and relpersistence <> 't'
          and case when %(schema)s::text is null
                   then nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
                   else nspname = %(schema)s end
        order by 1
    """
    held = [name for (name,) in connection.execute(query, {"schema": schema}).fetchall()]
    if held:
        raise PlatformError(
            f"{schema or 'the database'} still holds {len(held)} tables or views, such as "
            + ", ".join(held[:3]),
            fix="Drop them first, or repeat with --with-data to drop them too.",
        )
