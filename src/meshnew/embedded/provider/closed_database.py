"""The closed database: what everybody may do in it, and the functions that CI calls.

CREATE is a right on a whole database, not on a prefix: an identity that may make `ci_...`
schemas could make any. So nobody has it, and functions that run as the superuser make and
drop just the calling CI identity's schemas.
"""

from __future__ import annotations

import re
from typing import Any

from psycopg.sql import SQL, Identifier

from meshnew.embedded.data_folder import SUPERUSER

FUNCTIONS_SCHEMA = "meshnew"

_NAME = """
declare
    project text := substring(session_user from '^(.+)_ci$');
    name text := format('ci_%s_%s', project, change);
begin
    if project is null then
        raise insufficient_privilege using
            message = format('%s is not the CI identity of a project', session_user),
            hint = 'Connect as PROJECT_ci.';
    end if;
    if change is null or change < 0 then
        raise invalid_parameter_value using
            message = 'a change has a number from 1; 0 stands for main itself';
    end if;
"""
_BODIES = {
    "create_ci_schema": _NAME
    + """
    execute format('create schema if not exists %I authorization %I', name, session_user);
    return name;
end
""",
    "drop_ci_schema": _NAME
    + """
    execute format('drop schema if exists %I cascade', name);
    return name;
end
""",
}
# Everything else in the database's ACL or that of schema `public` is a stranger's.
_EXPECTED = {("database", "public", "CONNECT"), ("database", "public", "TEMPORARY")}


def close_database(connection: Any, database: str) -> None:
    """Leave everybody the right to connect and to make temporary tables, and CI its functions.

    dbt needs temporary tables for snapshots and incremental models.
    """
    name = Identifier(database)
    for scope, role, _privilege in _rights(connection):
        target = SQL("database {}").format(name) if scope == "database" else SQL("schema public")
        connection.execute(SQL("revoke all on {} from {} cascade").format(target, grantee(role)))
    connection.execute(SQL("grant connect, temporary on database {} to public").format(name))
    connection.execute(SQL("create schema if not exists {}").format(_functions()))
    connection.execute(SQL("alter schema {} owner to {}").format(_functions(), _superuser()))
    connection.execute(SQL("grant usage on schema {} to public").format(_functions()))
    for function, body in _BODIES.items():
        signature = SQL("{}.{}(change integer)").format(_functions(), Identifier(function))
        connection.execute(
            SQL(
                "create or replace function {} returns text language plpgsql security definer "
                "set search_path = pg_catalog, pg_temp as {}"
            ).format(signature, body)
        )
        connection.execute(SQL("alter function {} owner to {}").format(signature, _superuser()))


def database_deviations(connection: Any) -> list[str]:
    """What is wrong with the database, in words; empty if nothing is."""
    wrong = [
        f"{role} may {privilege.lower()} in {'schema ' if scope == 'public' else 'the '}{scope}"
        for scope, role, privilege in _rights(connection)
        if (scope, role, privilege) not in _EXPECTED
    ]
    held = {(scope, role, privilege) for scope, role, privilege in _rights(connection)}
    wrong += [f"{role} may not {right.lower()}" for _, role, right in sorted(_EXPECTED - held)]
    query = """
        select proname, prosrc from pg_proc
        where pronamespace = to_regnamespace(%s) and prosecdef
          and proowner = to_regrole(%s)
    """
    found = dict(connection.execute(query, [FUNCTIONS_SCHEMA, SUPERUSER]).fetchall())
    changed = [name for name, body in _BODIES.items() if found.get(name) != body]
    return sorted(wrong + [f"function {FUNCTIONS_SCHEMA}.{name} was changed" for name in changed])


def drop_scratch_schemas(connection: Any, role: str) -> None:
    """Drop the CI schemas that a CI identity left; other roles have none."""
    if not role.endswith("_ci"):
        return
    project = re.escape(role.removesuffix("_ci"))
    query = "select nspname from pg_namespace where nspowner = to_regrole(%s) and nspname ~ %s"
    rows = connection.execute(query, [f'"{role}"', f"^ci_{project}_[0-9]+$"]).fetchall()
    for (schema,) in rows:
        connection.execute(SQL("drop schema {} cascade").format(Identifier(schema)))


def grantee(role: str) -> SQL | Identifier:
    """A role as GRANT and REVOKE take it; `public` is everybody."""
    return SQL("public") if role == "public" else Identifier(role)


def _functions() -> Identifier:
    return Identifier(FUNCTIONS_SCHEMA)


def _superuser() -> Identifier:
    return Identifier(SUPERUSER)


def _rights(connection: Any) -> list[tuple[str, str, str]]:
    """(scope, role, privilege) on the database and on schema `public`, without their owners."""
    query = """
        with objects as (
            select 'database' as scope, datdba as owner,
                coalesce(datacl, acldefault('d', datdba)) as acl
            from pg_database where datname = current_database()
            union all
            select 'public', nspowner, coalesce(nspacl, acldefault('n', nspowner))
            from pg_namespace where nspname = 'public'
        )
        select distinct scope, case grantee when 0 then 'public' else pg_get_userbyid(grantee) end,
            privilege_type || case when is_grantable then ' and grant' else '' end
        from objects, aclexplode(acl) where grantee <> owner
        order by 1, 2, 3
    """
    return [(scope, role, right) for scope, role, right in connection.execute(query).fetchall()]
