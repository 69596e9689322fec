"""The whole state of a mesh as data: what two runs that ended alike have in common.

Left out is what no two runs share: times, ids of commits and runs, working copies and caches.
"""

from __future__ import annotations

import base64
import difflib
import hashlib
import hmac
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import psycopg

from meshnew.embedded.platform import Embedded

_RUN = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
_COMMIT = re.compile(r"\b[0-9a-f]{40}\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.]*(Z|[+-]\d\d:?\d\d)?")
# What a run dropped it tells once: another run finds it gone.
_VOLATILE = {"dropped", "seconds", "at", "built_at", "published_at", "tested_at"}
# Working copies, caches, logs: what is in them decides nothing.
_PASSING = ("log", "runs", "work", "cache", "embedded", "stacks", "modules")
# Terraform's state says none of what must not be there, or does not say; a refresh says it.
_DEVIATIONS = ("strangers", "powers", "strays")
_PRODUCTION = "refs/heads/meshnew/production"

_ROLES = """
    select rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolconfig
    from pg_roles where rolname !~ '^pg_' order by 1
"""
_MEMBERS = """
    select g.rolname, m.rolname, b.rolname, admin_option, inherit_option, set_option
    from pg_auth_members a join pg_roles g on g.oid = roleid
    join pg_roles m on m.oid = member join pg_roles b on b.oid = grantor order by 1, 2, 3
"""
_DATABASES = """
    select datname, pg_get_userbyid(datdba), array(select unnest(datacl)::text order by 1)
    from pg_database order by 1
"""
_OURS = "nspname !~ '^pg_' and nspname <> 'information_schema'"
_SCHEMAS = f"""
    select nspname, pg_get_userbyid(nspowner), array(select unnest(nspacl)::text order by 1)
    from pg_namespace where {_OURS} order by 1
"""
_RELATIONS = f"""
    select nspname, relname, relkind::text, pg_get_userbyid(relowner),
        array(select unnest(relacl)::text order by 1),
        array(select attname || ' ' || format_type(atttypid, atttypmod) from pg_attribute
              where attrelid = c.oid and attnum > 0 and not attisdropped order by attnum)
    from pg_class c join pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'v', 'm', 'S', 'f', 'p') and {_OURS} order by 1, 2
"""
_DEFAULTS = """
    select pg_get_userbyid(defaclrole), defaclnamespace::regnamespace::text, defaclobjtype::text,
        array(select unnest(defaclacl)::text order by 1)
    from pg_default_acl order by 1, 2, 3
"""
_FUNCTIONS = f"""
    select nspname, proname, pg_get_userbyid(proowner), prosrc,
        array(select unnest(proacl)::text order by 1)
    from pg_proc join pg_namespace n on n.oid = pronamespace where {_OURS} order by 1, 2
"""
_TABLES = {
    "teams": "select * from teams",
    "team_members": "select * from team_members",
    "repositories": "select * from repositories",
    "repository_access": "select * from repository_access",
    "protections": "select * from protections",
    "jobs": "select * from jobs",
    "changes": "select repository, number, branch, title, body, author, state, merged_by, "
    "head, merge_commit from changes",
    "checks": "select repository, commit, name, state, summary from checks",
    "approvals": "select repository, number, commit, member from approvals",
    # What is due counts until a whole deploy passed that began later.
    "projects": "select name, kind, template_version, products, superseded, case when not exists "
    "(select from runs where project = name and job <> 'ci' and state = 'passed' and not summary "
    "? 'selected' and started_at > due_since) then due end from projects",
    "stacks": "select layer, name, digest, engine, project, drift from stacks",
    "specs": "select * from specs",
    # Two runs of a job are fine where the first was killed; it must not count as running.
    "runs": "select distinct on (project, job) project, job, actor, state, commit, summary "
    "from runs order by project, job, started_at desc",
    "running": "select project, job from runs where state = 'running'",
}


def snapshot(root: Path) -> dict[str, Any]:
    """Everything that a command can change in a mesh's folder; Postgres runs afterwards."""
    state: dict[str, Any] = {"files": _files(root)}
    home = root / ".meshnew"
    if not home.exists():
        return state
    platform = Embedded(root, "skyline")
    platform.start()
    trees: dict[str, str] = {}
    state["home"] = sorted(
        path.name for path in home.iterdir() if path.suffix != ".lock" and path.name not in _PASSING
    )
    state["repositories"] = _repositories(home / "embedded", trees)
    state["checkout"] = _checkout(root)
    state["work"] = _work(home)
    state["terraform"] = _terraform(home / "stacks")
    state["warehouse"] = _warehouse(platform)
    state["records"] = _records(platform, trees)
    return _plain(state, root, trees)


def difference(expected: dict[str, Any], found: dict[str, Any]) -> str:
    """What differs, a line each; empty where nothing does."""
    before, after = (
        json.dumps(item, indent=1, sort_keys=True, default=str).splitlines()
        for item in (expected, found)
    )
    lines = difflib.unified_diff(before, after, "undisturbed", "repeated", n=4, lineterm="")
    return "\n".join(lines)


def _plain(value: Any, root: Path, trees: dict[str, str]) -> Any:
    """The value without what no two runs share."""
    if isinstance(value, dict):
        return {
            str(key): _plain(item, root, trees)
            for key, item in value.items()
            if key not in _VOLATILE
        }
    if isinstance(value, (list, tuple)):
        return [_plain(item, root, trees) for item in value]
    if not isinstance(value, str):
        return value
    value = _RUN.sub("<run>", value.replace(str(root), "<mesh>"))
    value = _TIME.sub("<time>", value)
    return _COMMIT.sub(lambda found: trees.get(found[0], "<commit>"), value)


def _files(root: Path) -> dict[str, str]:
    """The mesh's folder but for what lies in .git, in .meshnew and in checkouts."""
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and path.relative_to(root).parts[0] not in (".git", ".meshnew", "checkouts")
    }


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def _repositories(embedded: Path, trees: dict[str, str]) -> dict[str, Any]:
    """Refs with their trees, the subjects of main, settings and hooks; and the archive."""
    found: dict[str, Any] = {}
    for folder in sorted((embedded / "repositories").glob("*")):
        if folder.suffix == ".lock":
            continue
        if _git(folder, "for-each-ref"):
            for line in _git(folder, "log", "--all", "--format=%H %T").splitlines():
                commit, tree = line.split()
                trees[commit] = tree[:16]
        refs = _git(folder, "for-each-ref", "--format=%(refname) %(tree)").splitlines()
        known = {name: tree[:16] for name, _, tree in (line.partition(" ") for line in refs)}
        main = "refs/heads/main" in known
        if _PRODUCTION in known:  # a manifest holds times
            text = _git(folder, "show", f"{_PRODUCTION}:manifest.json")
            known[_PRODUCTION] = json.dumps(sorted(json.loads(text)["nodes"]))
        found[folder.name] = {
            "refs": known,
            "main": _git(folder, "log", "--format=%s (%an)", "main").splitlines() if main else [],
            "config": sorted(_git(folder, "config", "--local", "--list").splitlines()),
            "hooks": sorted(path.name for path in (folder / "hooks").glob("*")),
            "description": (folder / "description").read_text(),
            "locks": [path.name for path in folder.rglob("*.lock")],
        }
    archive = sorted(path.name.split("-20")[0] for path in (embedded / "archive").glob("*"))
    return {**found, "(archive)": archive}


def _checkout(root: Path) -> dict[str, Any]:
    """How the mesh's folder stands to its repository, and who has a checkout."""
    checkouts = sorted(path.name for path in (root / "checkouts").glob("*"))
    if not (root / ".git").exists():
        return {"git": None, "checkouts": checkouts}
    return {
        "status": _git(root, "status", "--short", "--branch").splitlines(),
        "head": _git(root, "rev-parse", "--short=16", "HEAD^{tree}"),
        "subjects": _git(root, "log", "--format=%s").splitlines(),
        "stash": _git(root, "stash", "list"),
        "checkouts": checkouts,
    }


def _work(home: Path) -> list[str]:
    """Who has a working copy; what is in it is made anew by each run."""
    return sorted(
        path.parent.relative_to(home).as_posix()
        for path in (home / "work").glob("**/dbt_project.yml")
        if "dbt_packages" not in path.parts
    )


def _terraform(stacks: Path) -> dict[str, Any]:
    """What each state holds, what each root module says, and what else lies there."""
    found: dict[str, Any] = {}
    for folder in sorted(path for path in stacks.glob("*/*") if path.is_dir()):
        state = folder / "terraform.tfstate"
        held = json.loads(state.read_text()) if state.exists() and state.stat().st_size else {}
        resources = {
            ".".join(filter(None, [item.get("module"), item["type"], item["name"]]))
            + (f"[{one['index_key']}]" if "index_key" in one else ""): {
                key: value or [] if key in _DEVIATIONS else value
                for key, value in one["attributes"].items()
            }
            for item in held.get("resources", [])
            for one in item["instances"]
        }
        main = folder / "main.tf.json"
        found[folder.relative_to(stacks).as_posix()] = {
            "resources": resources,
            "main": json.loads(main.read_text()) if main.exists() else None,
            "others": sorted(
                path.name
                for path in folder.iterdir()
                if path.name not in ("terraform.tfstate.backup", ".terraform")
            ),
        }
    return found


def _rows(connection: psycopg.Connection[Any], query: str) -> list[Any]:
    return connection.execute(query.encode()).fetchall()


def _warehouse(platform: Embedded) -> dict[str, Any]:
    with platform.postgres.connect("postgres") as server:
        state: dict[str, Any] = {
            "roles": _rows(server, _ROLES),
            "members": _rows(server, _MEMBERS),
            "databases": _rows(server, _DATABASES),
            "passwords": _passwords(platform, server),
        }
    if platform.database not in {row[0] for row in state["databases"]}:
        return state
    with platform.warehouse() as connection:
        relations = _rows(connection, _RELATIONS)
        state |= {
            "schemas": _rows(connection, _SCHEMAS),
            "relations": relations,
            "defaults": _rows(connection, _DEFAULTS),
            "functions": _rows(connection, _FUNCTIONS),
            "counts": {
                f"{schema}.{name}": _rows(connection, f'select count(*) from "{schema}"."{name}"')
                for schema, name, kind, *_ in relations
                if kind in "rvm"
            },
        }
    return state


def _passwords(platform: Embedded, server: psycopg.Connection[Any]) -> dict[str, str]:
    """Whether the server's logins and the file of passwords agree, login by login."""
    lines = platform.postgres.passwords.file.read_text().splitlines()
    known = dict(line.split(":")[3:5] for line in lines if line and not line.startswith("#"))
    held = dict(_rows(server, "select rolname, rolpassword from pg_authid where rolcanlogin"))
    return {
        login: _agree(held[login], known[login])
        if login in held and login in known
        else f"in the {'server' if login in held else 'file'} alone"
        for login in held.keys() | known.keys()
    }


def _agree(verifier: str | None, password: str) -> str:
    """Checked as a client does that logs in, by RFC 5802."""
    if not verifier:
        return "the server asks for none"
    iterations, salt, stored = re.split(r"[$:]", verifier)[1:4]
    salted = hashlib.pbkdf2_hmac(
        "sha256", password.encode(), base64.b64decode(salt), int(iterations)
    )
    key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return "agree" if key == base64.b64decode(stored) else "differ"


def _records(platform: Embedded, trees: dict[str, str]) -> dict[str, Any]:
    with platform.records() as connection:
        found = {table: _rows(connection, query) for table, query in _TABLES.items()}
    plain = {
        table: [[trees.get(str(item), item) for item in row] for row in rows]
        for table, rows in found.items()
    }
    return {
        table: sorted(rows, key=lambda row: json.dumps(row, sort_keys=True, default=str))
        for table, rows in plain.items()
    }
