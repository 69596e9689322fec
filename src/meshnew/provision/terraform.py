"""Drive the engine: init, plan, apply and destroy one stack, each from a saved plan."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meshnew.environment import patched
from meshnew.errors import ProvisionError
from meshnew.mesh.write import write_text
from meshnew.provision import engine, state
from meshnew.provision.compose import Stack, from_document
from meshnew.provision.engine import Engine
from meshnew.provision.failures import failure, json_line
from meshnew.provision.plan import Change, StackPlan, read_changes

if TYPE_CHECKING:
    from meshnew.provision._process import Interruptible

PLAN = "plan.tfplan"
MAIN = "main.tf.json"
VARIABLES = "terraform.tfvars.json"
_DATA = ".terraform"
_MARKER = f"{_DATA}/meshnew.json"
LOCK_TIMEOUT = "120s"

# (resource address, `start` | `done` | `failed`)
OnEvent = Callable[[str, str], None]


@contextmanager
def environment(home: Path, variables: Mapping[str, str], *, engines: int) -> Iterator[None]:
    """Environment of every engine process within: ours, not the user's CLI configuration.

    python-terraform hands the whole process environment on, so it is set here
    once for all stacks instead of per call.

    Args:
        home: where meshnew keeps the configuration.
        variables: those by which an engine reaches the platform's provider.
        engines: how many run at once.
    """
    config = home / "terraform.rc"
    if not config.exists():
        write_text(config, "")
    ours = {
        "TF_CLI_CONFIG_FILE": str(config),
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
        # A run is over before its garbage is worth collecting, but for a stack that is too large.
        "GOGC": "off",
        "GOMEMLIMIT": engine.memory_limit(engines),
        **variables,
    }
    with patched(ours):
        yield


class Runner:
    """Runs one engine on stacks; threads may share it.

    Args:
        engine: the engine.
        stacks: where the root modules lie.
        scratch: where copies of them are planned, so that a plan leaves no trace.
    """

    def __init__(self, engine: Engine, stacks: Path, scratch: Path | None = None) -> None:
        self.engine = engine
        self.stacks = stacks
        self.scratch = scratch
        self._initialised: dict[tuple[str, str], Path] = {}

    def folder(self, stack: Stack) -> Path:
        """Root module of a stack, or its copy."""
        return (self.scratch or self.stacks) / stack.layer / stack.name

    def applied(self, layer: str, name: str) -> Stack:
        """A stack as it was last written, for what the spec no longer describes.

        Raises:
            ProvisionError: its root module is gone.
        """
        path = self.stacks / layer / name / MAIN
        try:
            return from_document(layer, name, json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError) as error:
            raise ProvisionError(
                "its root module cannot be read, so it cannot be taken down",
                where=f"{layer} {name}",
                fix=f"Put projects/{name}.yml back, then destroy it.",
            ) from error

    def known(self, layer: str, name: str) -> Stack | None:
        """A stack as it was last written; None where its folder was lost."""
        exists = (self.stacks / layer / name / MAIN).is_file()
        return self.applied(layer, name) if exists else None

    def plan(
        self,
        stack: Stack,
        *,
        destroy: bool = False,
        text: bool = False,
        adopt: Mapping[str, str] | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> StackPlan:
        """Write the stack, plan it, save the plan.

        Args:
            stack: the stack.
            destroy: plan to take it down.
            text: also Terraform's own rendering.
            adopt: address of a resource that is there and the state does not know -> the
                provider's id of it.
            variables: of the root module; those it does not declare are left out.

        Raises:
            ProvisionError: Terraform could not plan; its diagnostics are in the message.
            RequirementError: the state is not readable, or of a newer engine.
        """
        folder = self.folder(stack)
        real = self.stacks / stack.layer / stack.name
        if real.is_dir() and not folder.exists():
            shutil.copytree(real, folder, symlinks=True)
        state.mend(folder)
        state.refuse_strange(folder, stack.label)
        self._prepare(stack, folder, adopt or {})
        _write_variables(folder, stack, variables or {})
        terraform = self._terraform(folder)
        from python_terraform import IsFlagged, IsNotFlagged

        code, out, error = terraform.plan(
            out=PLAN,
            json=IsFlagged,
            lock_timeout=LOCK_TIMEOUT,
            destroy=IsFlagged if destroy else IsNotFlagged,
        )
        if code not in (0, 2):
            raise failure(stack, "planned", out, error)
        if code == 0:
            (folder / PLAN).unlink(missing_ok=True)
            state.settle(folder)
            return StackPlan(stack, folder, ())
        rendered = terraform.cmd("show", PLAN, no_color=IsFlagged)[1] if text else ""
        return StackPlan(stack, folder, self._saved(stack, terraform), rendered)

    def _saved(self, stack: Stack, terraform: Interruptible) -> tuple[Change, ...]:
        from python_terraform import IsFlagged

        code, shown, error = terraform.cmd("show", PLAN, json=IsFlagged, no_color=IsFlagged)
        if code != 0:  # planning does not say where it had no room to write all of the plan
            raise failure(stack, "planned", shown, error)
        return read_changes(json.loads(shown))

    def take(self, plans: Iterable[StackPlan]) -> list[StackPlan]:
        """The same saved plans where the stacks really lie, if they were made on copies.

        From then on what is planned is planned there: the copies do not see what is applied.
        """
        self.scratch = None
        return [self._taken(plan) for plan in plans]

    def _taken(self, plan: StackPlan) -> StackPlan:
        real = self.stacks / plan.stack.layer / plan.stack.name
        if plan.folder == real:
            return plan
        taken = replace(plan, folder=real)
        if not real.exists():
            real.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(plan.folder, real)
            return taken
        wanted = (plan.folder / _MARKER).read_text(encoding="utf-8")
        if not _says(real / _MARKER, wanted):
            shutil.rmtree(real / _DATA, ignore_errors=True)
            shutil.move(plan.folder / _DATA, real / _DATA)
        state.mend(real)
        if plan.changes:
            shutil.copy2(plan.folder / PLAN, real / PLAN)
        else:
            (real / PLAN).unlink(missing_ok=True)  # applied already, by one that was killed then
            state.settle(real)
        main = (plan.folder / MAIN).read_text(encoding="utf-8")
        if not _says(real / MAIN, main):
            write_text(real / MAIN, main)
        return taken

    def apply(self, plan: StackPlan, on_event: OnEvent) -> None:
        """Apply exactly the saved plan, a deletion too.

        Args:
            plan: what `plan` returned.
            on_event: told of each resource as it starts and ends.

        Raises:
            ProvisionError: a resource failed; the rest of its stack was still tried.
        """
        from python_terraform import IsFlagged

        from meshnew.provision._process import start

        # python-terraform hands `synchronous=False` on to the engine as a flag,
        # so only its command line is used where the output is streamed.
        command = self._terraform(plan.folder).generate_cmd_string(
            "apply",
            PLAN,
            input=False,
            json=IsFlagged,
            lock_timeout=LOCK_TIMEOUT,
            parallelism=plan.stack.parallelism,
        )
        lines = []
        with state.applying(plan.folder):
            with start(command, plan.folder) as process:
                assert process.stdout and process.stderr  # noqa: S101  (both are pipes)
                for line in process.stdout:
                    lines.append(line)
                    _announce(line, on_event)
                error = process.stderr.read()
            if process.returncode != 0:
                raise failure(plan.stack, "applied", "".join(lines), error, plan.changes)
        (plan.folder / PLAN).unlink(missing_ok=True)
        if any(change.action == "adopt" for change in plan.changes):
            _write_main(plan.folder, plan.stack.document())  # it is adopted once

    def _prepare(self, stack: Stack, folder: Path, adopt: Mapping[str, str]) -> None:
        """Write main.tf.json, and init where modules or engine are not those of last time."""
        document = stack.document()
        if adopt:
            document["import"] = [{"to": to, "id": known_as} for to, known_as in adopt.items()]
        _write_main(folder, document)
        sources = {name: module["source"] for name, module in document["module"].items()}
        wanted = json.dumps([self.engine.name, document["terraform"], sources], sort_keys=True)
        marker = folder / _MARKER
        if _says(marker, wanted) or self._like_another(stack, folder, wanted):
            return
        code, out, error = self._terraform(folder).init(input=False)
        if code != 0:
            raise failure(stack, "initialised", out, error)
        write_text(marker, wanted)
        self._initialised[stack.layer, wanted] = folder

    def _like_another(self, stack: Stack, folder: Path, wanted: str) -> bool:
        """Take over what init made of another stack of the layer with the same modules."""
        key = (stack.layer, wanted)
        if key not in self._initialised:
            others = (self.stacks / stack.layer).glob("*")
            found = next((other for other in others if _says(other / _MARKER, wanted)), None)
            if found is None:
                return False
            self._initialised[key] = found
        other = self._initialised[key] / _DATA
        # Modules are named by paths that are the same from each; downloaded providers are not.
        if (other / "providers").exists() or not other.is_dir():
            return False
        shutil.rmtree(folder / _DATA, ignore_errors=True)
        shutil.copytree(other, folder / _DATA, symlinks=True)
        return True

    def _terraform(self, folder: Path) -> Interruptible:
        from meshnew.provision._process import Interruptible

        return Interruptible(working_dir=str(folder), terraform_bin_path=str(self.engine.path))


def _write_main(folder: Path, document: Mapping[str, Any]) -> None:
    write_text(folder / MAIN, json.dumps(document, indent=2, sort_keys=True) + "\n")


def _write_variables(folder: Path, stack: Stack, variables: Mapping[str, Any]) -> None:
    """In a file, and not as arguments: those of a process everybody sees."""
    declared = stack.around.get("variable", {})
    known = {name: value for name, value in variables.items() if name in declared}
    if known:
        write_text(folder / VARIABLES, json.dumps(known) + "\n")
    else:
        (folder / VARIABLES).unlink(missing_ok=True)


def _says(file: Path, wanted: str) -> bool:
    """Whether a file is there and has this text."""
    return file.is_file() and file.read_text(encoding="utf-8") == wanted


def _announce(line: str, on_event: OnEvent) -> None:
    states = {"apply_start": "start", "apply_complete": "done", "apply_errored": "failed"}
    message = json_line(line)
    if phase := states.get(message.get("type", "")):
        on_event(message["hook"]["resource"]["addr"], phase)
