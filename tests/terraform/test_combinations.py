"""Every warehouse with every forge, runtime and state that the spec allows: stacks that plan."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from meshnew.mesh.pairs import refusals
from meshnew.provision import compose, engine, modules
from tests.mesh.hosted import KINDS
from tests.template.pairwise import pairwise
from tests.terraform.combinations import EVERY, HOSTED, LAPTOP, PLATFORMS, Kinds, stacks
from tests.terraform.pretending import pretending

SEED = 20261126
PAIRS = [tuple(case.values()) for case in pairwise(KINDS, lambda c: tuple(c.values()) in HOSTED)]
SAMPLE = random.Random(SEED).sample(sorted(PAIRS), 1)
LOCAL = {"terraform": {"backend": {"local": {}}}}


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    with pretending() as (_, found):
        yield os.environ | found | {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}


def plans(folder: Path, environment: dict[str, str], kinds: Kinds) -> None:
    """Plan all stacks, which validates them too; the state lies here, where somebody answers."""
    modules.copy_to(folder / "modules")

    def run(at: Path, *words: str) -> str:
        command = [str(engine.find().path), *words, "-no-color"]
        done = subprocess.run(
            command, cwd=at, env=environment, capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        return said

    def plan(stack: compose.Stack) -> str:
        at = folder / "stacks" / stack.layer / stack.name
        at.mkdir(parents=True)
        (at / "main.tf.json").write_text(json.dumps(stack.document()))
        (at / "override.tf.json").write_text(json.dumps(LOCAL))
        run(at, "init")
        return run(at, "plan", "-input=false", "-lock=false")

    with ThreadPoolExecutor(2) as pool:
        for said in pool.map(plan, stacks(kinds)):
            assert " to add, 0 to change, 0 to destroy." in said
            assert "Warning" not in said


@pytest.mark.parametrize("kinds", SAMPLE, ids="-".join)
def test_a_sample_of_the_pairs_plans(
    environment: dict[str, str], tmp_path: Path, kinds: Kinds
) -> None:
    plans(tmp_path, environment, kinds)


@pytest.mark.long
@pytest.mark.parametrize("platforms", PLATFORMS, ids="-".join)
def test_every_combination_plans(
    environment: dict[str, str], tmp_path: Path, platforms: tuple[str, str, str]
) -> None:
    plans(tmp_path, environment, (*platforms, "s3"))


def test_a_state_elsewhere_changes_where_the_state_lies_and_nothing_else() -> None:
    """So a combination that plans with one state plans with all."""
    for platforms in PLATFORMS:
        found = set()
        for state in {kinds[3] for kinds in HOSTED}:
            for stack in stacks((*platforms, state)):
                document = stack.document()
                (kind,) = document["terraform"].pop("backend")
                assert kind == state
                found.add((stack.label, json.dumps(document, sort_keys=True)))
        assert len(found) == 4


def test_what_is_not_planned_here_is_refused_with_a_reason_and_a_way_on() -> None:
    refused = [kinds for kinds in EVERY if kinds not in HOSTED and kinds != LAPTOP]
    assert len(HOSTED) == 4 * 2 * 2 * 5
    assert len(refused) == len(EVERY) - len(HOSTED) - 1
    for kinds in refused:
        for key, why, fix in refusals(*kinds):
            assert key in KINDS
            assert why
            assert fix.startswith("Write ")
        assert list(refusals(*kinds))
