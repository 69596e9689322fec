"""Look at everything that stands, and tell what was changed behind the spec's back."""

from __future__ import annotations

from collections.abc import Iterable

from meshnew.errors import PlatformError
from meshnew.mesh.access import schema
from meshnew.operations import records
from meshnew.operations.session import Session
from meshnew.operations.stacks import provisioning
from meshnew.operations.stacks.selection import select
from meshnew.operations.status import Edits
from meshnew.provision import drift
from meshnew.provision.plan import StackPlan
from meshnew.provision.words import sentences


def look(session: Session) -> Edits:
    """Compare all stacks with the platform and remember the drift of each in the records.

    Nothing changes. What is lost of a project's data products counts as its own drift.

    Returns:
        What of the plans is no drift but an edit of the spec that was not applied yet.
    """
    with session.terraform() as runner:
        selection = select(session, runner, [], everything=True, strict=False)
        plans = provisioning.plan(session, runner, selection.stacks)
    known = records.provisioned(session)
    keys = [(plan.stack.layer, plan.stack.name) for plan in plans]
    parts = [
        drift.split(plan, applied=known.get(key) == plan.stack.digest)
        for key, plan in zip(keys, plans, strict=True)
    ]
    mends = drift.sentences(part for part, _ in parts)
    found = {key: text for key, text in zip(keys, mends, strict=True) if key in known}
    gone = _made_anew(plans)
    for project, relations in lost_products(session).items():
        missing = [f"{name} is gone" for name in relations if name.partition(".")[0] not in gone]
        found.setdefault(("project", project), []).extend(missing)
    records.stacks_looked(session, found)
    edits = [sentences([edit]) for _, edit in parts]
    return {key: text for key, text in zip(keys, edits, strict=True) if text}


def deploys(session: Session, plans: Iterable[StackPlan]) -> dict[str, str]:
    """Project -> why it is to be deployed again: what it had built is lost.

    Args:
        session: the session.
        plans: plans that apply will carry out; a schema they make anew is empty.
    """
    mesh, deployed = session.mesh, records.last_runs(session, passed=True)
    known = records.provisioned(session)
    # What a domain that joins gets for the first time was never there to be lost.
    anew = _made_anew(p for p in plans if (p.stack.layer, p.stack.name) in known)
    why = {name: f"because {there[0]} is gone" for name, there in lost_products(session).items()}
    for name, spec in mesh.projects.items():
        own = {schema(domain, kind) for domain in spec.domains for kind in ("private", "products")}
        if lost := sorted(own & anew):
            why[name] = f"because schema {lost[0]} is gone"
    return {name: text for name, text in why.items() if name in deployed}


def lost_products(session: Session) -> dict[str, list[str]]:
    """Project -> relations of data products that the records count as built and that are gone."""
    built = {
        name: [product["relation"] for product in record.products if product["built"]]
        for name, record in records.projects(session).items()
    }
    query = """
        select nspname || '.' || relname from pg_class
        join pg_namespace on pg_namespace.oid = relnamespace
        where nspname || '.' || relname = any (%s)
    """
    wanted = [relation for relations in built.values() for relation in relations]
    try:
        with session.embedded.warehouse() as connection:
            there = {name for (name,) in connection.execute(query, [wanted]).fetchall()}
    except PlatformError:  # the whole database is gone
        there = set()
    lost = {name: [item for item in all_ if item not in there] for name, all_ in built.items()}
    return {name: found for name, found in lost.items() if found and name in session.mesh.projects}


def _made_anew(plans: Iterable[StackPlan]) -> set[str]:
    """Schemas that plans create."""
    return {
        change.after["name"]
        for plan in plans
        for change in plan.changes
        if change.action == "create" and change.type.endswith("_schema")
    }
