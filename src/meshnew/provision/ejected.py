"""Stacks as plain Terraform in a folder of their own, which needs no meshnew."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from meshnew.assets import asset
from meshnew.errors import RequirementError
from meshnew.mesh.models import MeshSpec
from meshnew.mesh.write import write_text
from meshnew.provision import credentials, providers
from meshnew.provision.compose import Stack

README, MAIN = "README.md", "main.tf.json"
_STACKS, _MODULES = "stacks", "modules"  # as `compose` names modules from a stack


def write(folder: Path, spec: MeshSpec, stacks: Iterable[Stack]) -> None:
    """Write stacks with all that Terraform needs of them.

    Args:
        folder: where; it is made.
        spec: mesh.yml.
        stacks: in the order in which they are applied.

    Raises:
        RequirementError: this meshnew has no modules for one of the platforms.
    """
    written = list(stacks)
    for stack in written:
        for platform, (kind, _) in stack.modules.items():
            _copy_modules(folder / _MODULES, platform, kind, stack.layer)
        document = json.dumps(stack.document(), indent=2, sort_keys=True)
        place = folder / _STACKS / stack.layer / stack.name
        place.mkdir(parents=True)
        write_text(place / MAIN, document + "\n")
    write_text(folder / ".gitignore", ".terraform/\n*.tfplan\n")
    write_text(folder / README, _readme(spec, written))


def _copy_modules(target: Path, platform: str, kind: str, layer: str) -> None:
    """All layers of a kind: some are made of another."""
    source = asset("terraform_modules") / platform / kind
    if not (source / layer).is_dir():
        raise RequirementError(
            "this version of meshnew has no Terraform modules for it",
            where=f"{platform} {kind}",
            fix="A later one will: CHANGELOG.md of meshnew says what each has.",
        )
    shutil.copytree(source, target / platform / kind, dirs_exist_ok=True)


def _readme(spec: MeshSpec, stacks: Iterable[Stack]) -> str:
    """How to run it, what it signs in with, where its state lies."""
    written = list(stacks)
    commands = "".join(f"terraform -chdir={_folder(stack)} init\n" for stack in written)
    plans = "".join(f"terraform -chdir={_folder(stack)} apply\n" for stack in written)
    where = "".join(f"- `{_folder(stack)}`: {_place(stack)}\n" for stack in written)
    needed = "".join(
        f"- {name}: {', '.join(f'`{key}`' for key in credentials.variables(wanted))}\n"
        for name, wanted in credentials.needs(spec).items()
    )
    given = {name: about for stack in written for name, about in _variables(stack).items()}
    asked = "".join(f"- `{name}`: {about['description']}\n" for name, about in given.items())
    return _TEXT.format(
        stack=written[-1].label,
        version=providers.REQUIRED_VERSION,
        commands=commands,
        plans=plans,
        where=where,
        needed=needed,
        asked=f"\n## What can be said at the moment\nBy `-var` or `TF_VAR_...`:\n\n{asked}"
        if asked
        else "",
    )


def _folder(stack: Stack) -> str:
    return f"{_STACKS}/{stack.layer}/{stack.name}"


def _variables(stack: Stack) -> dict[str, Any]:
    return dict(stack.around.get("variable", {}))


def _place(stack: Stack) -> str:
    """Where the state of a stack lies, in the words of its backend."""
    ((kind, settings),) = stack.around["terraform"]["backend"].items()
    parts = (f"{key} `{settings[key]}`" for key in _PLACE if key in settings)
    return f"{kind}, {', '.join(parts)}"


_PLACE = (
    "bucket", "storage_account_name", "container_name", "schema_name", "address", "key", "prefix"
)  # fmt: skip
"""Settings of backends that tell where a state lies."""

_TEXT = """\
# Terraform of {stack}

Written by `meshnew eject`. Plain Terraform: nothing here needs meshnew. `stacks/` holds a root
module for each state, `modules/` what they are made of.

## Run it
With Terraform {version}, in this order, since each stack names what the one before it made:

```sh
{commands}
{plans}```

Before anything is edited each plan shows no change, if the last `meshnew apply` was of the
same spec.

## Where its state lies
Where it lay before: nothing was moved or copied.

{where}
So meshnew and this folder work on the same things: from now on let one of them do it. The stacks of
the mesh and of a domain also hold what other projects need; who edits them here edits it for all.

## What it signs in with
From the environment, one way for each; `meshnew doctor` tells what is missing.

{needed}{asked}"""
