"""What planned resources grant, in the words of the access model.

One reader for each kind of warehouse whose grants cannot be tried on a real one here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from meshnew.mesh.access import Membership, Privilege
from tests.terraform.real import Plan
from tests.terraform.scenario import Matrix, effective

ALL = set(Privilege)


@dataclass
class Granted:
    """Rights as they were planned.

    Attributes:
        direct: (role, schema) -> privileges granted to that very role.
        joined: memberships.
        lies_in: schema -> the database or catalog that one must be let into first.
        enters: (role, database) for each role let into one.
    """

    direct: dict[tuple[str, str], set[Privilege]] = field(default_factory=dict)
    joined: set[Membership] = field(default_factory=set)
    lies_in: dict[str, str] = field(default_factory=dict)
    enters: set[tuple[str, str]] = field(default_factory=set)

    def give(self, role: str, schema: str, privileges: set[Privilege]) -> None:
        if privileges:
            self.direct.setdefault((role, schema), set()).update(privileges)

    def matrix(self) -> Matrix:
        """(role, schema) -> privileges that come into effect."""
        held = effective(self.direct, self.joined)
        if not self.lies_in:
            return held
        doors: dict[tuple[str, str], set[Privilege]] = {key: set() for key in self.enters}
        open_to = effective({door: {Privilege.USAGE} for door in doors}, self.joined)
        return {
            (role, schema): privileges
            for (role, schema), privileges in held.items()
            if (role, self.lies_in[schema]) in open_to
        }


def snowflake(plans: Iterable[Plan]) -> Granted:
    found = Granted()
    for plan in plans:
        for schema in plan.of("snowflake_schema", "this").values():
            found.lies_in[schema["name"].lower()] = schema["database"]
        for grant in plan.all("snowflake_grant_account_role"):
            if grant.get("parent_role_name"):
                found.joined.add(
                    Membership(grant["role_name"].lower(), grant["parent_role_name"].lower())
                )
        for grant in plan.all("snowflake_grant_ownership"):
            future = grant["on"][0]["future"][0]
            if future["object_type_plural"] == "TABLES":
                owner = grant["account_role_name"].lower()
                privileges = {Privilege.SELECT, Privilege.WRITE, Privilege.DROP}
                found.give(owner, _snowflake_schema(future["in_schema"]), privileges)
        for grant in plan.all("snowflake_grant_privileges_to_account_role"):
            _snowflake_grant(found, grant)
    return found


def _snowflake_grant(found: Granted, grant: dict[str, list[dict[str, str]]]) -> None:
    role = str(grant["account_role_name"]).lower()
    privileges = set(map(str, grant["privileges"]))
    for on in grant["on_account_object"]:
        if on["object_type"] == "DATABASE" and "USAGE" in privileges:
            found.enters.add((role, on["object_name"]))
    for on in grant["on_schema"]:
        may = {Privilege.USAGE} if "USAGE" in privileges else set()
        may |= {Privilege.CREATE} if {"CREATE TABLE", "CREATE VIEW"} <= privileges else set()
        found.give(role, _snowflake_schema(on["schema_name"]), may)
    for on_object in grant["on_schema_object"]:
        for future in on_object["future"]:
            if future["object_type_plural"] == "TABLES" and privileges == {"SELECT"}:
                found.give(role, _snowflake_schema(future["in_schema"]), {Privilege.SELECT})


def _snowflake_schema(full_name: str) -> str:
    return full_name.split(".")[1].strip('"').lower()


_BIGQUERY = {
    "WRITER": ALL,
    "READER": {Privilege.USAGE, Privilege.SELECT},
    "roles/bigquery.metadataViewer": {Privilege.USAGE},
}


def bigquery(plans: Iterable[Plan]) -> Granted:
    found = Granted()
    for plan in plans:
        for dataset in plan.all("google_bigquery_dataset"):
            for access in dataset["access"]:
                if access["group_by_email"]:
                    role = _bigquery_role(access["group_by_email"])
                    found.give(role, dataset["dataset_id"], _BIGQUERY[access["role"]])
        for key, joins in plan.of("google_cloud_identity_group_membership", "this").items():
            member = _bigquery_role(joins["preferred_member_key"][0]["id"])
            found.joined.add(Membership(key.split("/")[0], member))
    return found


def _bigquery_role(address: str) -> str:
    return address.partition("@")[0].removeprefix("mesh-")


_DATABRICKS = {
    "USE_SCHEMA": Privilege.USAGE,
    "CREATE_TABLE": Privilege.CREATE,
    "SELECT": Privilege.SELECT,
    "MODIFY": Privilege.WRITE,
    "MANAGE": Privilege.DROP,
}


def databricks(plans: Iterable[Plan]) -> Granted:
    found = Granted()
    for plan in plans:
        for schema in plan.all("databricks_schema"):
            found.lies_in[schema["name"]] = schema["catalog_name"]
        for grant in plan.all("databricks_grant"):
            role, privileges = grant["principal"], set(grant["privileges"])
            if grant["catalog"] and "USE_CATALOG" in privileges:
                found.enters.add((role, grant["catalog"]))
            if grant["schema"]:
                may = {_DATABRICKS[privilege] for privilege in privileges & set(_DATABRICKS)}
                found.give(role, grant["schema"].split(".")[1], may)
        for key in plan.of("databricks_group_member", "this"):
            found.joined.add(Membership(*key.split("/")))
    return found


READERS: dict[str, Callable[[Iterable[Plan]], Granted]] = {
    "bigquery": bigquery,
    "databricks": databricks,
    "snowflake": snowflake,
}
