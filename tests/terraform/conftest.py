"""Stacks of the embedded modules, applied by real Terraform to a real Postgres."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from meshnew.assets import asset
from meshnew.embedded.platform import Embedded
from meshnew.embedded.provider import serve
from meshnew.mesh import access
from tests.terraform.real import Real, serving

ENGINES = ("terraform", "tofu", "meshnew-terraform")
Variables = dict[str, Any]


@dataclass(frozen=True)
class Stack:
    """One root module made of the modules of a layer."""

    engine: str
    folder: Path
    environment: dict[str, str]

    def write(self, layer: str, **modules: Variables) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        source = asset("terraform_modules")
        document = {
            "module": {
                platform: {"source": str(source / platform / "embedded" / layer)} | variables
                for platform, variables in modules.items()
            }
        }
        (self.folder / "main.tf.json").write_text(json.dumps(document))
        self.run("init")

    def run(self, *arguments: str, fails: bool = False) -> str:
        done = subprocess.run(
            [self.engine, *arguments, "-no-color"],
            cwd=self.folder,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        assert done.returncode == int(fails), output
        assert "Traceback" not in output
        assert "Warning" not in output
        return " ".join(output.replace("│", " ").split()) if fails else output

    def apply(self) -> str:
        return self.run("apply", "-auto-approve", "-input=false")

    def settle(self) -> None:
        """Apply the plan that `changes` saved; a plan after that must be empty."""
        self.run("apply", "-input=false", "plan.tfplan")
        self.run("plan", "-detailed-exitcode", "-input=false")

    def destroy(self, *, fails: bool = False) -> str:
        return self.run("destroy", "-auto-approve", "-input=false", fails=fails)

    def changes(self) -> dict[str, str]:
        """Address -> first action of everything that a plan would change."""
        self.run("plan", "-out=plan.tfplan", "-input=false")
        shown = json.loads(self.run("show", "-json", "plan.tfplan"))
        return {
            change["address"].partition(".")[2]: change["change"]["actions"][0]
            for change in shown.get("resource_changes", [])
            if change["change"]["actions"] != ["no-op"]
        }

    def before(self, address: str) -> dict[str, Any]:
        """A resource as it is, as a plan that changes it sees it; the plan is saved."""
        self.run("plan", "-out=plan.tfplan", "-input=false")
        shown = json.loads(self.run("show", "-json", "plan.tfplan"))
        return next(
            dict(change["change"]["before"])
            for change in shown["resource_changes"]
            if change["address"].endswith(address)
        )

    def now(self, address: str) -> dict[str, Any]:
        """A resource as the last apply left it."""
        name, _, key = address.partition("[")
        return next(
            attributes
            for known_as, index, attributes in self.known()
            if (known_as, index) == (f"module.{name}", key.strip('"]'))
        )

    def known(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Address, index and attributes of every resource as the last apply left it."""
        state = json.loads((self.folder / "terraform.tfstate").read_text())
        for resource in state["resources"]:
            name = f"{resource['module']}.{resource['type']}.{resource['name']}"
            for instance in resource["instances"]:
                yield name, instance.get("index_key", ""), dict(instance["attributes"])


@dataclass
class Skyline:
    """The laptop platform of a mesh with the domains flights and airports."""

    embedded: Embedded
    home: Path
    environment: dict[str, str]
    engine: str

    def at(self, home: Path) -> Skyline:
        """The same platform, with stacks in another folder."""
        return replace(self, home=home)

    def stack(self, layer: str, name: str) -> Stack:
        return Stack(self.engine, self.home / layer / name, self.environment)

    def mesh(self) -> Stack:
        stack = self.stack("mesh", "skyline")
        logins = {name: {} for name in ("ada", "grace")} | {"tableau": {"comment": "reader"}}
        stack.write(
            "mesh",
            warehouse={"database": "skyline", "logins": logins},
            forge={
                "repositories": {"interfaces": {"description": "What projects promise"}},
                "platform_team": {"name": "platform", "members": ["grace"]},
            },
        )
        return stack

    def domain(
        self, name: str, members: list[str], readers: list[str], allowed: dict[str, list[str]]
    ) -> Stack:
        stack = self.stack("domain", name)
        stack.write(
            "domain",
            warehouse=domain_variables(name, members, readers, allowed),
            forge={"teams": {f"{name}_data": {"members": members}}},
        )
        return stack

    def project(self, name: str, consumes: list[str]) -> Stack:
        stack = self.stack("project", name)
        memberships = access.project_memberships(name, [name], consumes)
        roles = {role.of(name): {"login": True} for role in access.PROJECT_ROLES}
        stack.write(
            "project",
            warehouse={
                "database": "skyline",
                "project": name,
                "roles": roles,
                "memberships": keyed(memberships),
            },
            forge={
                "repository": {"name": name, "description": f"All about {name}"},
                "access": {f"{name}_data": "write", "platform": "maintain"},
                "protected_branches": {"main": {"checks": ["ci"], "approvals": 1}},
            },
            runtime={
                "project": name,
                "jobs": {
                    "deploy": {"command": "deploy"},
                    "daily": {"command": "deploy", "schedule": "0 6 * * *"},
                },
            },
        )
        return stack

    def provision(self) -> None:
        """Everything: people, two domains, two projects that consume each other."""
        self.mesh().apply()
        allowed = {
            "flights": {"owner": ["flights_transformer"], "consumer": ["tableau", *of("airports")]},
            "airports": {"owner": ["airports_transformer"], "consumer": of("flights")},
        }
        self.domain("flights", ["ada"], ["tableau"], allowed["flights"]).apply()
        self.domain("airports", ["grace"], [], allowed["airports"]).apply()
        self.project("flights", ["airports"]).apply()
        self.project("airports", ["flights"]).apply()

    def sql(self, statement: str, user: str = "meshnew", role: str = "") -> list[tuple[Any, ...]]:
        with self.embedded.warehouse(user) as connection:
            if role:
                connection.execute(f'set role "{role}"'.encode())
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


def of(consumer: str) -> list[str]:
    return [f"{consumer}_owner", f"{consumer}_developer"]


def keyed(memberships: list[access.Membership]) -> dict[str, dict[str, str]]:
    return {f"{m.role}/{m.member}": {"role": m.role, "member": m.member} for m in memberships}


def domain_variables(
    name: str, members: list[str], readers: list[str], allowed: dict[str, list[str]]
) -> Variables:
    defaults = {"developer": [*members, f"{name}_ci"], "loader": []}
    return {
        "database": "skyline",
        "domain": name,
        "roles": {role.of(name): {"login": role in access.LOGINS} for role in access.DOMAIN_ROLES},
        "schemas": {
            grant.name: {
                "owner": grant.owner,
                "makers": [grant.owner],
                "users": list(grant.readers),
                "readers": list(grant.readers),
            }
            for grant in access.domain_schemas(name, members)
        },
        "memberships": keyed(access.domain_memberships(name, members, readers)),
        "allowed_members": {f"{name}_{role}": who for role, who in (defaults | allowed).items()},
    }


def find_engine(name: str) -> str | None:
    """An engine on PATH, or beside the interpreter that runs the tests."""
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    found = find_engine(request.param)
    return found or pytest.skip(f"no {request.param} on PATH")


@pytest.fixture(scope="module")
def open_skyline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Skyline]:
    """Started, nothing provisioned; driven by the first engine there is."""
    engine = next((found for name in ENGINES if (found := find_engine(name))), None)
    if engine is None:
        pytest.skip("no Terraform engine")
    home = tmp_path_factory.mktemp("mesh")
    embedded = Embedded(home, "skyline")
    embedded.start()
    config = home / "terraform.rc"
    config.touch()
    settings = {
        "TF_CLI_CONFIG_FILE": str(config),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
    }
    try:
        with serve(embedded) as environment:
            yield Skyline(embedded, home / "stacks", environment | settings, engine)
    finally:
        embedded.postgres.stop()


@pytest.fixture(scope="module")
def skyline(open_skyline: Skyline) -> Skyline:
    """Started and fully provisioned."""
    open_skyline.provision()
    return open_skyline


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    """Runs modules of real platforms against the real providers' schemas."""
    with serving(tmp_path_factory.mktemp("real")) as found:
        yield found
