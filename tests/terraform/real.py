"""Modules of real platforms, held against the real providers' schemas.

`Real` runs the engine that meshnew itself finds on a copy of a module. Ask the
fixture `real` (tests/terraform/conftest.py) for one:

    real.validate("warehouse/snowflake/domain")
    real.test("warehouse/snowflake/domain")            # its test files, see TESTS
    planned = real.plans(module, {"one": variables})   # run -> Plan, with mocked providers
    said = real.refusals(module, {"bad": variables})   # case -> what Terraform said

A module's test files are tests/terraform/modules/PLATFORM/KIND/LAYER/*.tftest.hcl (or .json):
not in the module's own folder, which is copied into every mesh.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meshnew.assets import asset
from meshnew.provision import engine

MODULES = asset("terraform_modules")
TESTS = Path(__file__).parent / "modules"
REAL = sorted(
    path.parent.relative_to(MODULES).as_posix()
    for path in MODULES.rglob("versions.tf")
    if path.parent.parent.name != "embedded"
)
"""Every module of a real platform, as `platform/kind/layer`."""

Variables = Mapping[str, Any]
_SHOWN = ("test_plan", "test_state")


@dataclass(frozen=True)
class Plan:
    """What one run of a module would do, or has done.

    Attributes:
        resources: address -> the resource's values; what only the provider knows is left out.
        actions: address -> first action (`create`, `update`, `delete`); empty of an applied run.
        outputs: output -> value, where it is known.
    """

    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    actions: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Values of all resources of a type, whatever they are named."""
        found = [a for a in self.resources if a.startswith(f"{kind}.")]
        return [self.resources[address] for address in found]

    def of(self, kind: str, name: str = "") -> dict[str, dict[str, Any]]:
        """Key of for_each (or "") -> values, of the resources of one type (and name)."""
        label = name or r"[^.\[]+"
        pattern = re.compile(rf'^{kind}\.{label}(?:\["?(.*?)"?\])?$')
        return {
            (found[1] or ""): values
            for address, values in self.resources.items()
            if (found := pattern.match(address))
        }


@dataclass(frozen=True)
class Step:
    """Variables of a run that is applied, so that the runs after it change what it made."""

    variables: Variables


@dataclass
class Real:
    """Runs the engine on copies of modules.

    Attributes:
        scratch: folder for the copies.
        environment: variables by which Terraform finds the schema providers.
    """

    scratch: Path
    environment: dict[str, str]

    def validate(self, module: str) -> None:
        """`init` and `validate` of a module; fails with what Terraform said."""
        self.validate_folder(self.copy(module))

    def validate_folder(self, folder: Path) -> None:
        """`init` and `validate` of any root module, where it lies."""
        self.run(folder, "init", "-backend=false")
        said = json.loads(self.run(folder, "validate", "-json", check=False))
        assert said["valid"], "\n".join(_text(found) for found in said["diagnostics"])
        assert not said["diagnostics"], "\n".join(_text(found) for found in said["diagnostics"])

    def test(self, module: str) -> list[str]:
        """Run the test files of a module; the names of the runs that passed."""
        folder = self.copy(module)
        files = sorted((TESTS / module).glob("*.tftest.*"))
        assert files, f"{module} has no tests in {TESTS / module}"
        for file in files:
            shutil.copy2(file, folder / "tests" / file.name)
        self.run(folder, "init", "-backend=false")
        lines = list(self._test(folder))
        failures = [_text(line["diagnostic"]) for line in lines if line["type"] == "diagnostic"]
        runs = [line["test_run"] for line in lines if line["type"] == "test_run"]
        states = {run["run"]: run["status"] for run in runs if run.get("progress") == "complete"}
        assert states, failures
        assert set(states.values()) == {"pass"}, "\n".join(failures) or states
        return list(states)

    def plans(
        self,
        module: str,
        runs: Mapping[str, Variables | Step],
        mocks: Mapping[str, Any] | None = None,
    ) -> dict[str, Plan]:
        """Plan a module with each set of variables, all providers mocked.

        Args:
            module: `platform/kind/layer`.
            runs: name (letters, digits, _) -> variables; those of a `Step` are applied.
            mocks: type, or `data.` and a type, -> values of what only the provider knows; known
                in plans already where no run is applied.
        """
        return self.plans_folder(self.copy(module), runs, mocks)

    def plans_folder(
        self,
        folder: Path,
        runs: Mapping[str, Variables | Step],
        mocks: Mapping[str, Any] | None = None,
    ) -> dict[str, Plan]:
        """`plans` of any root module, where it lies; it names its providers in versions.tf."""
        applied = any(isinstance(run, Step) for run in runs.values())
        mocked = _mocked(folder, mocks or {}, applied=applied)
        document = {"mock_provider": mocked, "run": _runs(runs)}
        (folder / "tests").mkdir(exist_ok=True)
        (folder / "tests" / "plans.tftest.json").write_text(json.dumps(document))
        self.run(folder, "init", "-backend=false")
        lines = list(self._test(folder, "-verbose"))
        failures = [_text(line["diagnostic"]) for line in lines if line["type"] == "diagnostic"]
        assert not failures, "\n".join(failures)
        planned = {line["@testrun"]: _plan(line) for line in lines if line["type"] in _SHOWN}
        assert list(planned) == list(runs), lines
        return planned

    def refusals(self, module: str, cases: Mapping[str, Variables]) -> dict[str, str]:
        """Case -> what Terraform says to its variables; each must be refused."""
        said = self.said(module, cases)
        unrefused = [name for name, text in said.items() if not text]
        assert not unrefused, f"not refused: {unrefused}"
        return said

    def said(self, module: str, cases: Mapping[str, Variables]) -> dict[str, str]:
        """Case -> what Terraform says to its variables; empty where it accepts them."""
        folder = self.copy(module)
        mocked = _mocked(folder, {})
        for name, variables in cases.items():
            document = {"mock_provider": mocked, "run": _runs({name: variables})}
            (folder / "tests" / f"{name}.tftest.json").write_text(json.dumps(document))
        self.run(folder, "init", "-backend=false")
        said = dict.fromkeys(cases, "")
        for line in self._test(folder):
            if line["type"] == "diagnostic":
                name = Path(line["@testfile"]).name.removesuffix(".tftest.json")
                said[name] += _text(line["diagnostic"]) + "\n"
        return said

    def copy(self, module: str) -> Path:
        """A copy of a module to work in, without the files that a former use left.

        Beside it lie the other modules of its kind: it may be made of them.
        """
        folder = self.scratch / module
        shutil.rmtree(folder / "tests", ignore_errors=True)
        shutil.copytree(MODULES / module.rpartition("/")[0], folder.parent, dirs_exist_ok=True)
        (folder / "tests").mkdir(exist_ok=True)
        return folder

    def _test(self, folder: Path, *arguments: str) -> Iterator[dict[str, Any]]:
        for line in self.run(folder, "test", "-json", *arguments, check=False).splitlines():
            found = json.loads(line)
            if found["type"] != "diagnostic" or found["diagnostic"]["severity"] == "error":
                yield found

    def run(self, folder: Path, *arguments: str, check: bool = True) -> str:
        """Standard output of the engine."""
        done = subprocess.run(
            [str(engine.find().path), *arguments],
            cwd=folder,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def serving(scratch: Path) -> Iterator[Real]:
    """A `Real` with all schema providers served meanwhile."""
    from tests.terraform.schema_provider import serve
    from tests.terraform.schemas import load

    settings = {
        "TF_CLI_CONFIG_FILE": os.devnull,
        "TF_IN_AUTOMATION": "1",
        "TF_CLI_ARGS": "-no-color",
        "CHECKPOINT_DISABLE": "1",
    }
    with serve(load()) as environment:
        yield Real(scratch, settings | environment)


def _mocked(folder: Path, mocks: Mapping[str, Any], *, applied: bool = False) -> dict[str, Any]:
    # A value that is known while planning has to be the same after applying, and the engine
    # makes up another one for what no mock names: so not where a run is applied.
    early = {} if applied else {"override_during": "plan"}
    text = (folder / "versions.tf").read_text()
    names = re.findall(r"^    (\w+) = \{", text, flags=re.MULTILINE)
    found: dict[str, Any] = {}
    for name in names:
        found[name] = {}
        for block, prefix in (("mock_resource", ""), ("mock_data", "data.")):
            defaults = {
                kind.removeprefix(prefix): {"defaults": values} | early
                for kind, values in mocks.items()
                if kind.startswith(f"{prefix}{name}_")
            }
            found[name] |= {block: defaults} if defaults else {}
    return found


def _runs(runs: Mapping[str, Variables | Step]) -> dict[str, Any]:
    return {
        name: {
            "command": "apply" if isinstance(run, Step) else "plan",
            "variables": dict(run.variables if isinstance(run, Step) else run),
        }
        for name, run in runs.items()
    }


def _plan(line: dict[str, Any]) -> Plan:
    if line["type"] == "test_state":
        state = line["test_state"]
        return Plan(
            {
                found["address"]: found["values"]
                for found in state.get("root_module", {}).get("resources", [])
            },
            outputs={name: found["value"] for name, found in state.get("outputs", {}).items()},
        )
    changes = line["test_plan"].get("resource_changes", [])
    return Plan(
        {
            change["address"]: change["change"]["after"]
            for change in changes
            if change["change"]["after"] is not None
        },
        {
            change["address"]: change["change"]["actions"][0]
            for change in changes
            if change["change"]["actions"] != ["no-op"]
        },
        {
            name: change.get("after")
            for name, change in line["test_plan"].get("output_changes", {}).items()
        },
    )


def _resources(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Resources of a module and of those it is made of."""
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _resources(child)


def _text(diagnostic: dict[str, Any]) -> str:
    where = f" ({diagnostic['address']})" if diagnostic.get("address") else ""
    return f"{diagnostic['summary']}{where}: {' '.join(diagnostic.get('detail', '').split())}"
