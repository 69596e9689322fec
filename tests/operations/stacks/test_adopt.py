"""adopt: what is there already is taken into Terraform's state, and made to fit."""

from __future__ import annotations

import json
import shutil

import pytest

from meshnew.operations.plan import make_plan
from meshnew.operations.session import Session
from meshnew.operations.stacks.adopt import Adoption, adopt
from meshnew.operations.stacks.drift import look
from meshnew.operations.status import status
from tests.operations.conftest import provision, sql

CATALOGUE = """
    select 'role ' || rolname || rolcanlogin || coalesce(shobj_description(oid, 'pg_authid'), '')
    from pg_roles where rolname !~ '^pg_'
    union all
    select 'schema ' || nspname || ' ' || pg_get_userbyid(nspowner)
        || coalesce(array_to_string(array(select unnest(nspacl)::text order by 1), ' '), '')
    from pg_namespace where nspname !~ '^pg_'
    union all
    select 'member ' || pg_get_userbyid(roleid) || ' ' || pg_get_userbyid(member)
    from pg_auth_members
    order by 1
"""


def carry_out(session: Session, *names: str) -> Adoption:
    done = adopt(session, names, everything=not names, confirm=lambda _: True)
    assert done is not None
    return done


def by_hand(session: Session) -> None:
    """What somebody made before there was a spec."""
    sql(session, "create role sales_owner")
    sql(session, "create schema sales")
    sql(session, "create table sales.orders as select 1 as number")
    sql(session, "create role mallory login")
    sql(session, "grant usage on schema sales to mallory")


@pytest.fixture(scope="module")
def found(written: Session) -> Session:
    """A database in which somebody worked before the mesh came."""
    with written.embedded.postgres.connect("postgres") as server:
        server.execute("create database skyline")
    by_hand(written)
    return written


def test_a_plan_says_what_is_there_already_and_what_differs(found: Session) -> None:
    sentences = make_plan(found, ["sales"]).sentences
    assert "will adopt database skyline, which is there already" in " ".join(sentences)
    assert "will adopt role sales_owner, which is there already" in sentences
    assert (
        "will adopt schema sales, which is there already, and give schema sales back to sales_owner"
        in sentences
    )
    assert "will restore who may use and read sales" in sentences
    assert "will create schema sales_products" in sentences


def test_who_says_no_adopts_nothing(found: Session) -> None:
    assert adopt(found, ["sales"], confirm=lambda _: False) is None
    assert sql(found, "select to_regrole('sales_developer')") == [(None,)]


def test_what_was_made_by_hand_is_adopted_with_its_tables(found: Session) -> None:
    done = carry_out(found, "sales")
    assert {"database skyline", "role sales_owner", "schema sales"} <= set(done.things)
    assert "schema sales_products" not in done.things
    main = found.mesh.home / "stacks" / "domain" / "sales" / "main.tf.json"
    assert "import" not in json.loads(main.read_text())  # it is taken in once
    assert sql(found, "select number from sales.orders") == [(1,)]
    assert sql(found, "select has_schema_privilege('mallory', 'sales', 'usage')") == [(False,)]
    assert carry_out(found, "sales").empty


def test_a_lost_state_is_found_again_and_nothing_on_the_platform_changes(found: Session) -> None:
    provision(found)
    before = sql(found, CATALOGUE)
    shutil.rmtree(found.mesh.home / "stacks")
    look(found)
    text = " ".join(text for item in status(found) for text in item.drift)
    assert "Terraform's state of domain sales lost" in text
    done = carry_out(found)
    assert {"schema stores_raw", "repository stores", "team stores-data"} <= set(done.things)
    assert done.rights > 0
    assert sql(found, CATALOGUE) == before
    look(found)
    assert not any(item.drift for item in status(found))


def test_what_an_interrupted_command_made_and_did_not_note_is_adopted(found: Session) -> None:
    """It was killed after the effect and before Terraform wrote its state."""
    state = found.mesh.home / "stacks" / "project" / "stores" / "terraform.tfstate"
    state.unlink()
    assert "repository stores" in carry_out(found, "stores").things
    assert carry_out(found).empty
