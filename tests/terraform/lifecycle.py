"""What a warehouse of PostgreSQL goes through, whichever module makes it: one suite for all kinds.

A test class that derives from `Lifecycle` gives it a `life`; its tests are one story, in order.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meshnew.provision import engine
from tests.matrix import Connection, deviations
from tests.terraform import scenario
from tests.terraform.real import MODULES

Variables = dict[str, Any]
FEWER = scenario.THREE | {
    "flights": scenario.Domain(("ada",), ("tableau",), ("airports",)),
}
"""`scenario.THREE` after grace has left flights, which no longer consumes weather."""


@dataclass
class Life:
    """A mesh on one server.

    Attributes:
        kind: of the modules.
        home: folder for the stacks.
        environment: variables by which Terraform finds and tells the provider.
        connect: database -> a connection of a superuser.
        around: what a root module needs beside its modules.
        made: labels of the stacks that were applied, in order.
    """

    kind: str
    home: Path
    environment: dict[str, str]
    connect: Callable[[str], AbstractContextManager[Connection]]
    around: Variables = field(default_factory=dict)
    made: list[str] = field(default_factory=list)

    def apply(self, mesh: scenario.Mesh) -> None:
        """Apply all stacks of a mesh, layer by layer."""
        for label, variables in self.stacks(mesh).items():
            self.write(label, variables)
            self.run(label, "apply", "-auto-approve", "-input=false")
            if label not in self.made:
                self.made.append(label)

    def stacks(self, mesh: scenario.Mesh) -> dict[str, Variables]:
        """Label -> what its module is given."""
        kind = self.kind
        return (
            {"mesh/skyline": scenario.mesh_variables(kind, mesh)}
            | {f"domain/{name}": scenario.domain_variables(kind, mesh, name) for name in mesh}
            | {f"project/{name}": scenario.project_variables(kind, mesh, name) for name in mesh}
        )

    def write(self, label: str, variables: Variables) -> None:
        folder = self.home / label
        folder.mkdir(parents=True, exist_ok=True)
        source = str(MODULES / "warehouse" / self.kind / label.partition("/")[0])
        module = {"warehouse": {"source": source} | variables}
        (folder / "main.tf.json").write_text(json.dumps(self.around | {"module": module}))
        self.run(label, "init", "-input=false")

    def changes(self, label: str) -> dict[str, str]:
        """Address -> first action of all that a plan would do."""
        self.run(label, "plan", "-out=plan.tfplan", "-input=false")
        shown = json.loads(self.run(label, "show", "-json", "plan.tfplan"))
        return {
            change["address"]: change["change"]["actions"][0]
            for change in shown.get("resource_changes", [])
            if change["change"]["actions"] != ["no-op"]
        }

    def run(self, label: str, verb: str, *words: str, fails: bool = False) -> str:
        if verb in ("plan", "apply", "destroy"):
            words = ("-parallelism=1", *words)  # two sessions cannot change rights on one object
        done = subprocess.run(
            [str(engine.find().path), verb, *words],
            cwd=self.home / label,
            env=os.environ | self.environment | {"TF_CLI_ARGS": "-no-color"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == int(fails), done.stdout + done.stderr
        return done.stdout


class Lifecycle:
    """Made, held against the access model, changed, drifted, healed and destroyed."""

    def test_it_is_made_and_a_second_plan_is_empty(self, life: Life) -> None:
        life.apply(scenario.THREE)
        assert not {label for label in life.made if life.changes(label)}

    def test_every_role_may_do_what_the_access_model_says(self, life: Life) -> None:
        with life.connect("skyline") as admin:
            for grant in scenario.schemas(scenario.THREE):  # after all was granted
                admin.execute(f'set role "{grant.owner}"'.encode())
                admin.execute(f'create table "{grant.name}".probe (x integer)'.encode())
                admin.execute(b"reset role")
            assert not wrong(admin, scenario.THREE)

    def test_a_right_that_somebody_took_away_is_drift_and_given_back(self, life: Life) -> None:
        with life.connect("skyline") as admin:
            admin.execute(b"revoke usage on schema flights_products from flights_consumer")
            assert wrong(admin, scenario.THREE)
            assert life.changes("domain/flights")
            life.run("domain/flights", "apply", "-auto-approve", "-input=false")
            assert not wrong(admin, scenario.THREE)
        assert not life.changes("domain/flights")

    def test_a_right_that_somebody_gave_is_drift_and_taken_away(self, life: Life) -> None:
        with life.connect("skyline") as admin:
            admin.execute(b"grant create on schema flights_products to flights_consumer")
            assert wrong(admin, scenario.THREE)
            assert life.changes("domain/flights")
            life.run("domain/flights", "apply", "-auto-approve", "-input=false")
            assert not wrong(admin, scenario.THREE)

    def test_who_leaves_takes_what_was_theirs_and_nothing_else(self, life: Life) -> None:
        with life.connect("skyline") as admin:
            admin.execute(b"drop table flights_dev_grace.probe")
        life.apply(FEWER)
        with life.connect("skyline") as admin:
            assert not wrong(admin, FEWER)
            schemas = admin.execute(b"select nspname from pg_namespace").fetchall()
            assert ("flights_dev_grace",) not in schemas
            assert ("airports_dev_grace",) in schemas

    def test_what_holds_tables_stays(self, life: Life) -> None:
        for label in ("project/weather", "domain/weather"):
            fails = label.startswith("domain")
            life.run(label, "destroy", "-auto-approve", "-input=false", fails=fails)
        with life.connect("skyline") as admin:
            admin.execute(b"table weather_products.probe")
            for grant in scenario.schemas(FEWER):
                admin.execute(f'drop table "{grant.name}".probe'.encode())

    def test_it_goes_and_leaves_no_role(self, life: Life) -> None:
        for label in reversed(life.made):
            life.run(label, "destroy", "-auto-approve", "-input=false")
        query = "select rolname from pg_roles where rolname = any(%s)"
        with life.connect("postgres") as admin:
            assert admin.execute(query, [scenario.everybody(scenario.THREE)]).fetchall() == []


def wrong(admin: Connection, mesh: scenario.Mesh) -> list[str]:
    """What a role may do and should not, or the other way round."""
    probes = {grant.name: f'"{grant.name}".probe' for grant in scenario.schemas(mesh)}
    return deviations(admin, scenario.everybody(mesh), probes, scenario.expected(mesh))
