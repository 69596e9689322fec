"""Files of the spec that are hostile, broken or in the wrong place, and folders that do not do."""

from __future__ import annotations

import resource
import shutil
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.inputs.conftest import MESH, PROJECT, Door

BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}, *{old}, *{old}]\n" for old, new in pairwise("abcdefghi")
)

# What is wrong -> (what is put into projects/flights.yml, what the message says)
FILES = {
    "an unknown key": (PROJECT + "consume: [x]\n", ["flights.yml:8", "`consume`", "`consumes`?"]),
    "a key of no text": (PROJECT + "1: x\n", ["flights.yml:8", "`1` is no key"]),
    "a list for a map": ("- a\n", ["flights.yml:1"]),
    "a text": ("hello\n", ["flights.yml:1"]),
    "nothing": ("", ["flights.yml:1", "kind", "is missing"]),
    "a wrong type": (PROJECT + "consumes: weather\n", ["flights.yml:8", "consumes", "list"]),
    "a number for a text": (
        PROJECT.replace("name: Ada", "name: 1"),
        ["flights.yml:5", "domains.flights.owner.name", "string"],
    ),
    "a date for a text": (PROJECT + "description: 2026-01-01\n", ["flights.yml:8", "description"]),
    "a bomb of aliases": (BOMB, ["flights.yml:1", "alias", "Write the value out"]),
    "an alias of itself": ("a: &a [*a]\n", ["flights.yml:1", "alias"]),
    "a merge key": (PROJECT + "answers: {<<: {a: 1}}\n", ["flights.yml:8"]),
    "a Python tag": (
        PROJECT + "description: !!python/object/apply:os.system [id]\n",
        ["flights.yml:8", "not plain YAML"],
    ),
    "a tag on a map": (PROJECT + "answers: !!set {a}\n", ["flights.yml:8", "not plain YAML"]),
    "a tag of its own": (PROJECT + "description: !env HOME\n", ["flights.yml:8"]),
    "two documents": (PROJECT + "---\n" + PROJECT, ["flights.yml", "document"]),
    "ten thousand brackets": ("a: " + "[" * 100_000, ["flights.yml", "nested"]),
    "ten thousand columns": ("- " * 100_000 + "a", ["flights.yml", "nested"]),
    "no text at all": ("\x00\x01\x02", ["flights.yml", "YAML"]),
    "a control character": (PROJECT + "description: a\x1b[2Jb\n", ["flights.yml", "YAML"]),
    "a key twice": (PROJECT + "kind: package\n", ["flights.yml:8", "`kind` is given twice"]),
    "a number without end": (PROJECT + "answers: {a: 1" + "0" * 5000 + "}\n", ["flights.yml:8"]),
    "itself consumed": (PROJECT + "consumes: [flights]\n", ["flights.yml", "own domain flights"]),
    "what the spec decides": (PROJECT + "answers: {team: x}\n", ["flights.yml", "team", "Remove"]),
    "a schedule in words": (
        PROJECT + "jobs: {daily: {schedule: daily}}\n",
        ["flights.yml:8", "jobs.daily.schedule", "cron"],
    ),
    "an unknown job": (PROJECT + 'jobs: {hourly: {schedule: "0 * * * *"}}\n', ["flights.yml:8"]),
    "no e-mail address": (PROJECT.replace("ada@", "ada"), ["flights.yml:5", "owner.email"]),
    "an address that dbt would run": (
        PROJECT.replace("ada@", '"{{env}}@').replace(".example}", '.example"}'),
        ["flights.yml:5", "owner.email", "Write it like"],
    ),
    "a description that dbt would run": (
        PROJECT.replace("Flights that", "{{ env_var('HOME') }} that")
        .replace("description: ", 'description: "')
        .replace("York", 'York"'),
        ["flights.yml:4", "domains.flights.description", "Write one line"],
    ),
    "an owner of two lines": (
        PROJECT.replace("name: Ada", 'name: "Ada\\nand Amir"'),
        ["flights.yml:5", "owner.name", "Write one line"],
    ),
    "a description that breaks a table": (
        PROJECT.replace("Flights that", "Flights | that"),
        ["flights.yml:4", "domains.flights.description", "Write one line"],
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_a_bad_file_is_refused_with_its_line(case: str, written: Door) -> None:
    text, says = FILES[case]
    (written.folder / "projects" / "flights.yml").write_text(text)
    said = written.refused("plan", says=tuple(says))
    assert len(said) < 1000


# What is wrong -> (a second file, its text, what the message says)
TWO = {
    "a domain twice": ("other.yml", PROJECT, ["flights_owner", "Rename"]),
    "a derived name twice": (
        "other.yml",
        PROJECT.replace("flights:", "flights_raw:").replace("-data", "-x"),
        ["schema `flights_raw`", "domain flights of project flights", "Rename"],
    ),
    "a repository of the mesh": (
        "interfaces.yml",
        PROJECT.replace("flights", "other"),
        ["repository `interfaces`", "Rename"],
    ),
    "a login of a person": (
        "other.yml",
        PROJECT.replace("flights", "other").replace("[ada]", "[flights_owner]"),
        ["role `flights_owner`", "the login of flights_owner"],
    ),
    "a name too long": (
        "other.yml",
        PROJECT.replace("flights:", f"{'f' * 60}:").replace("-data", "-x"),
        ["identifiers end at 63", "shorter"],
    ),
    "a name too long for what the template names after it": (
        "other.yml",
        PROJECT.replace("flights:", f"{'f' * 39}:").replace("-data", "-x"),
        ["_example_rows` of 64 characters", "identifiers end at 63", "shorter"],
    ),
    "the package as a domain": ("mesh_core.yml", PROJECT.replace("flights", "x"), ["mesh_core"]),
    "a file of a bad name": ("Fl-1.yml", PROJECT, ["projects/Fl-1.yml", "`Fl-1`", "Rename"]),
    "a file of a name that looks right": ("wеather.yml", PROJECT, ["w\\u0435ather"]),  # noqa: RUF001
}


@pytest.mark.parametrize("case", TWO)
def test_two_files_that_do_not_go_together(case: str, written: Door) -> None:
    file, text, says = TWO[case]
    (written.folder / "projects" / file).write_text(text)
    written.refused("plan", says=tuple(says))
    written.refused("new", "domain", "another", "--defaults", "--dry-run", says=tuple(says))


@pytest.mark.parametrize("file", ["mesh.yml", "projects/flights.yml"])
def test_a_file_of_a_million_lines_is_refused_at_once(file: str, written: Door) -> None:
    (written.folder / file).write_text(MESH + "# nothing\n" * 1_000_000)
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    written.refused("plan", says=(file, "is larger than 1024 KiB"))
    # Not the wall: the machine may be busy with other things.
    assert time.process_time() - began < 5
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100_000


def test_a_long_list_of_mistakes_is_cut(written: Door) -> None:
    for number in range(100):
        (written.folder / "projects" / f"p{number}.yml").write_text("kind: none\n")
    said = written.refused("plan", says=("and ",))
    assert len(said.splitlines()) < 100


@pytest.mark.parametrize("words", [["plan"], ["status"], ["apply", "x", "--yes"], ["doctor"]])
@pytest.mark.parametrize("name", ["mesh.yml", "projects", "projects/flights.yml"])
def test_a_spec_that_lies_elsewhere_is_refused(
    name: str, words: list[str], written: Door, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "there"
    path = written.folder / name
    shutil.move(path, outside)
    path.symlink_to(outside)
    if words == ["doctor"]:
        assert "outside the mesh" in written.meshnew(*words).text
    else:
        written.refused(*words, says=(name, "outside the mesh", "Put what it points at"))


@pytest.mark.parametrize("name", [".meshnew", "checkouts", "checkouts/flights"])
def test_a_folder_that_lies_elsewhere_is_refused(
    name: str, written: Door, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    path = written.folder / name
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(outside)
    for words in (["plan"], ["status"], ["clone", "flights"], ["stop"]):
        written.refused(*words, says=(name, "outside the mesh"))
    assert not list(outside.iterdir())


@pytest.mark.parametrize("name", ["mesh.yml", "projects/flights.yml"])
def test_a_folder_where_a_file_belongs(name: str, written: Door) -> None:
    (written.folder / name).unlink()
    (written.folder / name).mkdir()
    answer = written.meshnew("plan")
    assert answer.code == 2
    assert "mesh.yml" in answer.err or "no file" in answer.err


def test_a_link_that_leads_nowhere(written: Door) -> None:
    (written.folder / "projects" / "x.yml").symlink_to("y.yml")
    written.refused("plan", says=("projects/x.yml", "is not there"))


@pytest.mark.parametrize(
    "words",
    [
        ["plan"], ["apply", "--all", "--yes"], ["new", "domain", "x", "--defaults"], ["status"],
        ["run", "x", "deploy"], ["destroy", "x", "--yes"], ["clone", "x"], ["stop"], ["adopt", "x"],
        ["product", "list"], ["change", "list"], ["connect", "tableau"], ["runs"],
    ],
)  # fmt: skip
def test_outside_a_mesh_the_way_into_one_is_named(words: list[str], door: Door) -> None:
    door.refused(*words, says=("no mesh.yml", "meshnew init DIR"))


def test_a_mesh_in_a_mesh_is_refused(written: Door) -> None:
    written.refused("init", "inner", "--yes", says=("inner", "lies in another mesh"))
    written.refused("init", "checkouts/inner", "--yes", says=("lies in another mesh",))


def test_a_folder_that_is_not_empty_is_refused(door: Door) -> None:
    (door.folder / "m").mkdir()
    (door.folder / "m" / ".hidden").write_text("mine")
    door.refused("init", "m", "--yes", says=("m: is not empty", "Name a new or empty folder"))


def test_a_folder_that_leads_elsewhere_is_looked_at_there(door: Door, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("x")
    (door.folder / "link").symlink_to("full")
    door.refused("init", "link", "--yes", "--name", "skyline", says=("is not empty",))


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (["init", "m"], "--yes"),
        (["new", "domain", "weather"], "--defaults"),
    ],
)
def test_nobody_is_asked_without_a_terminal(words: list[str], flag: str, written: Door) -> None:
    if words[0] == "init":
        shutil.rmtree(written.folder / "projects")
        (written.folder / "mesh.yml").unlink()
    answer = written.meshnew(*words)
    assert answer.code == 2
    assert "nobody is there" in answer.err
    assert flag in answer.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["new", "domain", "x", "-d", "team"], "`team` is not KEY=VALUE"),
        (["new", "domain", "x", "-d", "=a"], "`=a` is not KEY=VALUE"),
        (["new", "domain", "x", "-d", "team=[a"], "--data team"),
        (["new", "domain", "x", "-d", "team=" + "[" * 100_000], "nested"),
        (["new", "domain", "x", "-d", "members=[&a ada, *a]"], "alias"),
        (["new", "domain", "x", "-d", "team=!!python/name:os.system"], "not plain YAML"),
        (["new", "nothing", "x", "--defaults"], "`nothing` is no kind of project"),
        (["new", "domain", "flights", "--defaults", "--dry-run"], "project flights exists"),
        (["new", "domain", "mesh", "--defaults"], "`mesh` is a repository of the mesh itself"),
        (["new", "domain", "x", "--data-file", "nowhere.yml"], "nowhere.yml"),
        (["new", "domain", "x", "--data-file", "projects"], "projects"),
        (["new", "domain", "x", "-d", "kind=package"], "`kind` is decided by the command"),
        (["new", "domain", "x", "-d", "mesh=other"], "`mesh` is decided by mesh.yml"),
        (["plan", "flight"], "no project `flight`"),
        (["plan", "../flights"], "no project `../flights`"),
        (["plan", "${x}"], "no project `${x}`"),
    ],
)
def test_wrong_words_on_the_command_line(words: list[str], says: str, written: Door) -> None:
    """Whoever opens a mesh makes its folder for what is no part of the spec; nothing else."""
    spec = {path: path.read_text() for path in written.folder.rglob("*.yml")}
    answer = written.meshnew(*words)
    assert answer.code == 2, answer.text
    assert "Traceback" not in answer.text
    assert answer.err.count("✗") == 1
    assert says in answer.err
    assert {path: path.read_text() for path in written.folder.rglob("*.yml")} == spec
