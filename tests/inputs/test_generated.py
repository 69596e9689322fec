"""A thousand generated names, specs and answers: refused by one message, or fit to go on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from meshnew.embedded.platform import Embedded
from meshnew.mesh import names
from tests.conftest import Answer
from tests.inputs.conftest import MESH, PROJECT, Door, clear, snapshot

SAMPLE, ALL = 20, 350  # for each of the three commands: 60 and 1,050
CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
HOSTILE = [
    "$(touch owned)",
    "`touch owned`",
    "; touch owned",
    "'; drop table x; --",
    '${file("/etc/passwd")}',
    "{{ env_var('HOME') }}",
    "[[ project ]]",
    "[% include '/etc/passwd' %]",
    "!!python/object/apply:os.system ['touch owned']",
    "../../owned",
    "/etc/owned",
    "\u202egnp",
    "\x00",
    "\x1b[2J",
    "--help",
    "-C/",
    "\n- x: y",
]
words = st.one_of(
    st.from_regex(r"[a-z](_?[a-z0-9]){0,20}", fullmatch=True),
    st.sampled_from([*HOSTILE, *sorted(names.RESERVED_WORDS)]),
    st.text(max_size=80),
    st.text("abcdef_0123456789-A ", max_size=70),
)
leaves = st.one_of(words, st.none(), st.booleans(), st.integers(), st.floats(), st.dates())
data = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
KEYS = "kind description version domains consumes jobs answers name team owner members".split()


def times(count: int) -> Callable[[Any], Any]:
    """Run a property this often, always on the same inputs."""
    return settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=CHECKS,
        phases=[Phase.explicit, Phase.generate],
    )


@pytest.fixture(scope="module")
def place() -> Iterator[Door]:
    """A folder with a mesh in it, in one that must stay as it is."""
    outer = Path(tempfile.mkdtemp(prefix="mesh-"))
    folder = outer / "mesh"
    (folder / "projects").mkdir(parents=True)
    try:
        yield Door(folder)
    finally:
        shutil.rmtree(outer)


def written(place: Door, mesh: str = MESH, project: str = PROJECT) -> None:
    (place.folder / "mesh.yml").write_text(mesh, encoding="utf-8")
    (place.folder / "projects" / "flights.yml").write_text(project, encoding="utf-8")


def sound(answer: Answer) -> None:
    """No traceback, and nothing that would change the terminal it is shown on."""
    assert "Traceback" not in answer.text
    assert answer.code in (0, 2), answer.text
    assert not {"\x1b", "\x00", "\u202e"} & set(answer.text)
    if answer.code == 2 and "Usage:" not in answer.err:
        clear(answer)


def held(place: Door, *command: str) -> bool:
    """Give a command that changes nothing, whether it goes on or is refused: True if it was."""
    before = snapshot(place.folder.parent)
    answer = place.meshnew(*command)
    sound(answer)
    after = snapshot(place.folder.parent)
    assert {name for name in after.keys() - before.keys() if ".meshnew" not in name} <= {
        "mesh/checkouts",
        "mesh/checkouts/.gitignore",
    }
    assert all(after[name] == before[name] for name in before if not name.endswith("mesh"))
    return answer.code == 2


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Nothing is started: what passes all checks ends there, and is noted."""
    passed: list[str] = []

    def stop(*_: object, **__: object) -> None:
        passed.append("passed")
        raise typer.Exit(0)

    # Everything that starts begins with the platform, once all that can be checked was.
    monkeypatch.setattr(Embedded, "start", stop)
    return passed


def mutated(draw: st.DrawFn) -> str:
    """The project's file with one of its values, or a key, replaced by anything."""
    spec = yaml.safe_load(PROJECT)
    at: Any = spec
    path = draw(st.sampled_from(["", "domains", "domains.flights", "domains.flights.owner"]))
    for key in path.split(".") if path else []:
        at = at[key]
    at[draw(st.one_of(st.sampled_from([*KEYS, *at]), words))] = draw(data)
    return yaml.safe_dump(spec, allow_unicode=draw(st.booleans()))


def check_plan(place: Door, project: str) -> None:
    written(place, project=project)
    held(place, "plan")


def check_init(place: Door, stopped: list[str], said: list[str]) -> None:
    flags = ["--name", "--team", "--member", "--package", "--owner"]
    options = [f"{flag}={word}" for flag, word in zip(flags, said, strict=True) if word != "-"]
    outside = Door(place.folder.parent / "empty")
    target = outside.folder / "new"
    outside.folder.mkdir(exist_ok=True)
    try:
        answer = outside.meshnew("init", "new", "--yes", *options)
        sound(answer)
        # What a mesh is made of is written last of all that can be refused.
        assert (answer.code == 2) != target.exists()
        assert set(outside.folder.iterdir()) <= {target}
        if target.exists():
            assert yaml.safe_load((target / "mesh.yml").read_text("utf-8"))["name"]
            assert {path.name for path in target.iterdir()} <= {"mesh.yml", ".meshnew", "checkouts"}
    finally:
        shutil.rmtree(target, ignore_errors=True)


def check_new(place: Door, kind: str, name: str, answer: str) -> None:
    written(place)
    command = ("new", "--dry-run", "--defaults", "-d", answer, "--", kind, name)
    refused = held(place, *command)
    assert refused or names.problem(name) is None


specs = st.composite(mutated)()
raw = st.text(max_size=200) | st.binary(max_size=200).map(lambda some: some.decode("latin-1"))

PLAN = given(project=specs | raw)
NAMES = st.from_regex(r"[a-z](_?[a-z0-9]){0,20}", fullmatch=True)
INIT = given(said=st.lists(NAMES | NAMES | st.just("-") | words, min_size=5, max_size=5))
NEW = given(
    kind=st.sampled_from(["domain", "package"]) | words,
    name=words,
    answer=words | st.tuples(st.sampled_from(KEYS) | words, words | data.map(str)).map("=".join),
)


@times(SAMPLE)
@PLAN
def test_plan_takes_or_refuses_any_spec(place: Door, stopped: list[str], project: str) -> None:
    check_plan(place, project)


@times(SAMPLE)
@INIT
def test_init_takes_or_refuses_any_names(place: Door, stopped: list[str], said: list[str]) -> None:
    check_init(place, stopped, said)


@times(SAMPLE)
@NEW
def test_new_takes_or_refuses_anything(
    place: Door, stopped: list[str], kind: str, name: str, answer: str
) -> None:
    check_new(place, kind, name, answer)


@pytest.mark.long
@times(ALL)
@PLAN
def test_plan_and_many_specs(place: Door, stopped: list[str], project: str) -> None:
    check_plan(place, project)


@pytest.mark.long
@times(ALL)
@INIT
def test_init_and_many_names(place: Door, stopped: list[str], said: list[str]) -> None:
    check_init(place, stopped, said)


@pytest.mark.long
@times(ALL)
@NEW
def test_new_and_many_answers(
    place: Door, stopped: list[str], kind: str, name: str, answer: str
) -> None:
    check_new(place, kind, name, answer)
