"""The access model as data: what follows from one domain consuming another."""

from __future__ import annotations

from meshnew.mesh import access
from meshnew.mesh.access import Membership, Privilege

SCHEMAS = [
    *access.domain_schemas("flights", ["ada"]),
    *access.domain_schemas("airports", ["amir"]),
]
MEMBERSHIPS = [
    *access.domain_memberships("flights", ["ada"], ["tableau"]),
    *access.domain_memberships("airports", ["amir"], []),
    *access.project_memberships("flights", ["flights"], []),
    *access.project_memberships("airports", ["airports"], ["flights"]),
]


def rights(role: str) -> dict[str, set[Privilege]]:
    found = access.rights(SCHEMAS, MEMBERSHIPS, [role])
    return {schema: set(privileges) for (_, schema), privileges in found.items()}


READ = {Privilege.USAGE, Privilege.SELECT}
ALL = set(Privilege)


def test_a_service_reads_products_it_consumes_and_nothing_else_of_the_domain() -> None:
    assert rights("airports_transformer") == {
        "airports": ALL,
        "airports_products": ALL,
        "airports_raw": READ,
        "flights_products": READ,
    }


def test_consuming_is_one_way() -> None:
    assert "airports_products" not in rights("flights_transformer")


def test_a_developer_writes_only_their_own_dev_schema() -> None:
    assert rights("ada") == {
        "flights": READ,
        "flights_products": READ,
        "flights_raw": READ,
        "flights_dev_ada": ALL,
    }


def test_checks_of_a_change_read_production_and_write_none_of_it() -> None:
    assert all(privileges == READ for privileges in rights("airports_ci").values())


def test_only_the_loader_writes_raw() -> None:
    writers = {
        role
        for domain in ("flights", "airports")
        for role in [r.of(domain) for r in access.Role] + ["ada", "amir", "tableau"]
        if Privilege.WRITE in rights(role).get("flights_raw", set())
    }
    assert writers == {"flights_loader"}


def test_a_reader_reads_products_and_nothing_else() -> None:
    assert rights("tableau") == {"flights_products": READ}


def test_domains_of_one_project_read_each_others_products() -> None:
    joined = access.project_memberships("incubator", ["sales", "people"], [])
    assert Membership("sales_consumer", "people_owner") in joined
    assert Membership("people_consumer", "sales_developer") in joined
    assert Membership("sales_consumer", "sales_owner") not in joined
