"""What somebody changed by hand shows in the next plan and is mended by the next apply."""

from __future__ import annotations

import shutil
from typing import Any

import psycopg
import pytest

from meshnew.embedded.provider.resource import Resource
from meshnew.embedded.provider.schema_access import SchemaAccess
from meshnew.embedded.provider.server import PREFIX, RESOURCES
from tests.terraform.conftest import Skyline

DOMAIN = ("domain", "flights")
PROJECT = ("project", "flights")
ACCESS = 'warehouse.embedded_schema_access.this["flights_products"]'


@pytest.fixture(scope="module", autouse=True)
def table(skyline: Skyline) -> None:
    skyline.sql("create table flights_products.delays_v1 as select 1 as x", role="flights_owner")
    skyline.sql("create sequence flights_products.numbers", role="flights_owner")
    skyline.sql("create role mallory login")


def heals(skyline: Skyline, stack: tuple[str, str], expected: dict[str, str]) -> None:
    found = skyline.stack(*stack)
    assert found.changes() == expected
    found.settle()


TAKEN = [
    "revoke select on flights_products.delays_v1 from flights_consumer",
    "revoke usage on schema flights_products from flights_consumer",
    "alter default privileges for role flights_owner in schema flights_products "
    "revoke select on tables from flights_consumer",
    "revoke create on schema flights_products from flights_owner",
]
GIVEN = [
    "grant usage on schema flights_products to mallory",
    "grant usage on schema flights_products to tableau with grant option",
    "grant create on schema flights_products to public",
    "grant select on flights_products.delays_v1 to mallory",
    "grant select (x) on flights_products.delays_v1 to mallory",
    "grant insert on flights_products.delays_v1 to flights_consumer",
    "grant select on flights_products.delays_v1 to flights_consumer with grant option",
    "grant usage on sequence flights_products.numbers to flights_consumer",
    "alter default privileges for role flights_owner in schema flights_products "
    "grant select on tables to mallory",
    "alter default privileges for role mallory in schema flights_products "
    "grant select on tables to public",
    "grant all on flights_products.delays_v1 to public",
]


@pytest.mark.parametrize("statement", TAKEN + GIVEN)
def test_any_right_taken_or_given_by_hand_is_seen_and_mended(
    skyline: Skyline, statement: str
) -> None:
    access = SchemaAccess(skyline.embedded, drop_data=False)
    wanted = access.get(skyline.stack(*DOMAIN).now(ACCESS))
    assert wanted is not None
    skyline.sql(statement)
    assert access.get(wanted) != wanted
    access.put(wanted)
    assert access.get(wanted) == wanted


@pytest.mark.parametrize("statements", [TAKEN, GIVEN], ids=["taken", "given"])
def test_terraform_mends_rights_changed_by_hand(skyline: Skyline, statements: list[str]) -> None:
    for statement in statements:
        skyline.sql(statement)
    heals(skyline, DOMAIN, {ACCESS: "update"})
    assert skyline.sql("table flights_products.delays_v1", "tableau") == [(1,)]


def test_a_right_on_all_that_an_owner_will_make_anywhere(skyline: Skyline) -> None:
    given = "alter default privileges for role flights_owner grant select on tables to mallory"
    skyline.sql(given)
    changed = skyline.stack(*DOMAIN).changes()
    assert ACCESS in changed
    skyline.stack(*DOMAIN).settle()


def test_a_right_that_a_reader_passed_on(skyline: Skyline) -> None:
    """Revoking it plainly would leave it: its grantor is not the owner."""
    skyline.sql("grant select on flights_products.delays_v1 to flights_consumer with grant option")
    skyline.sql("grant select on flights_products.delays_v1 to mallory", role="flights_consumer")
    assert skyline.stack(*DOMAIN).before(ACCESS)["strangers"] == [
        "flights_consumer may let others read flights_products.delays_v1",
        "mallory may read flights_products.delays_v1",
    ]
    heals(skyline, DOMAIN, {ACCESS: "update"})


def test_a_schema_dropped(skyline: Skyline) -> None:
    skyline.sql("drop schema flights_dev_ada cascade")
    heals(
        skyline,
        DOMAIN,
        {
            'warehouse.embedded_schema.this["flights_dev_ada"]': "create",
            'warehouse.embedded_schema_access.this["flights_dev_ada"]': "create",
        },
    )


def test_a_schema_given_to_somebody_else(skyline: Skyline) -> None:
    skyline.sql("alter schema flights owner to mallory")
    changed = skyline.stack(*DOMAIN).changes()
    assert changed['warehouse.embedded_schema.this["flights"]'] == "update"
    skyline.stack(*DOMAIN).settle()


@pytest.mark.parametrize("option", ["", " with admin option", " with inherit false"])
def test_a_stranger_in_a_role(skyline: Skyline, option: str) -> None:
    skyline.sql(f"grant flights_owner to mallory{option}")
    address = 'warehouse.embedded_role_members.this["flights_owner"]'
    assert skyline.stack(*DOMAIN).before(address)["strangers"] == ["mallory"]
    heals(skyline, DOMAIN, {address: "update"})


def test_a_stranger_let_in_by_another_grantor(skyline: Skyline) -> None:
    skyline.sql("grant flights_owner to flights_transformer with admin option")
    skyline.sql("grant flights_owner to mallory", user="flights_transformer")
    address = 'warehouse.embedded_role_members.this["flights_owner"]'
    heals(skyline, DOMAIN, {address: "update"})
    assert skyline.stack(*PROJECT).changes() == {}


def test_a_membership_ended(skyline: Skyline) -> None:
    skyline.sql("revoke airports_consumer from flights_owner")
    heals(
        skyline,
        PROJECT,
        {'warehouse.embedded_membership.this["airports_consumer/flights_owner"]': "create"},
    )


def test_a_role_made_powerful(skyline: Skyline) -> None:
    skyline.sql("alter role flights_ci superuser createrole nologin")
    address = 'warehouse.embedded_role.this["flights_ci"]'
    assert skyline.stack(*PROJECT).before(address)["powers"] == ["createrole", "superuser"]
    heals(skyline, PROJECT, {address: "update"})


@pytest.mark.parametrize(
    "statement",
    [
        "grant create on database skyline to flights_ci",
        "revoke connect on database skyline from public",
        "grant usage on schema public to public",
        "drop function meshnew.create_ci_schema(integer)",
    ],
)
def test_the_database_opened_or_closed(skyline: Skyline, statement: str) -> None:
    skyline.sql(statement)
    heals(skyline, ("mesh", "skyline"), {"warehouse.embedded_database.this": "update"})


def test_a_team_a_job_and_an_access_changed_in_the_records(skyline: Skyline) -> None:
    with skyline.embedded.records() as records:
        records.execute("insert into team_members values ('flights_data', 'mallory')")
        records.execute("update repository_access set permission = 'maintain'")
        records.execute("delete from jobs where name = 'daily'")
    heals(skyline, DOMAIN, {'forge.embedded_team.this["flights_data"]': "update"})
    heals(
        skyline,
        PROJECT,
        {
            'forge.embedded_repository_access.this["flights_data"]': "update",
            'runtime.embedded_job.this["daily"]': "create",
        },
    )
    skyline.stack("project", "airports").apply()


def test_a_protection_removed_and_a_repository_lost(skyline: Skyline) -> None:
    protection = 'forge.embedded_branch_protection.this["main"]'
    repository = skyline.embedded.git.path("flights")
    (repository / "hooks" / "pre-receive").unlink()
    heals(skyline, PROJECT, {protection: "create"})
    shutil.rmtree(repository)
    heals(skyline, PROJECT, {"forge.embedded_repository.this": "create", protection: "create"})


# Last in this file: what is done by hand here stays.
STACKS = (
    ("mesh", "skyline"),
    ("domain", "flights"),
    ("domain", "airports"),
    ("project", "flights"),
    ("project", "airports"),
)
BY_HAND = [
    "alter role mallory createdb",
    "grant flights_owner to mallory with admin option",
    "grant select (x) on flights_products.delays_v1 to mallory",
    "alter default privileges for role flights_owner grant select on tables to mallory",
    "alter schema airports owner to mallory",
    "drop schema airports_dev_grace cascade",
    "create schema notes",
    "alter role ada nologin",
]


def resources(skyline: Skyline) -> list[tuple[Resource, dict[str, Any]]]:
    """Every resource of every stack, with its state."""
    kinds = {f"{PREFIX}{kind.kind}": kind(skyline.embedded, False) for kind in RESOURCES}
    return [
        (kinds[address.split(".")[-2]], state)
        for stack in STACKS
        for address, _, state in skyline.stack(*stack).known()
    ]


def read(skyline: Skyline) -> list[dict[str, Any] | None]:
    return [kind.look(state) for kind, state in resources(skyline)]


@pytest.fixture(scope="module")
def by_hand(skyline: Skyline) -> None:
    for statement in BY_HAND:
        skyline.sql(statement)


@pytest.mark.usefixtures("by_hand")
def test_many_stacks_read_as_a_whole_see_the_same(skyline: Skyline) -> None:
    alone = read(skyline)
    with skyline.embedded.still():
        assert read(skyline) == alone
    states = [state for _, state in resources(skyline)]
    assert len({type(kind) for kind, _ in resources(skyline)}) == len(RESOURCES)
    assert len([1 for now, state in zip(alone, states, strict=True) if now != state]) >= 6


def test_a_whole_is_asked_for_once(skyline: Skyline, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    connect = psycopg.connect

    def counted(**how: Any) -> Any:
        opened.append(how["dbname"])
        return connect(**how)

    monkeypatch.setattr(psycopg, "connect", counted)
    read(skyline)
    alone = len(opened)
    opened.clear()
    with skyline.embedded.still():
        read(skyline)
        whole = len(opened)
        read(skyline)
    assert whole < alone / 2
    assert len(opened) - whole <= 1, "the database itself is always asked for"


@pytest.mark.usefixtures("by_hand")
def test_what_changes_is_seen_by_the_next_whole(skyline: Skyline) -> None:
    with skyline.embedded.still():
        before = read(skyline)
    skyline.sql("revoke flights_owner from mallory")
    with skyline.embedded.still():
        assert read(skyline) != before
