"""The commands that are killed, and the meshes they are given in, each built once and copied."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.faults.harness import Place

INIT = ("init", "--name", "skyline", "--member", "grace", "--yes")
NEW = ("new", "domain", "sales", "-d", "members=[ada]", "--defaults", "--yes")
STORES = ("new", "domain", "stores", "-d", "consumes=[sales]", "--defaults", "--yes")
CHANGE = "change"
OPS = """\
kind: domain
domains:
  ops:
    description: Data of ops
    owner: {name: Ops team, email: ops@example.com}
    team: ops-data
    members: [olga]
consumes: [sales]
answers: {starter: example}
"""
TOTALS = """\
models:
  - name: totals
    description: What sales came to.
    config:
      access: public
      contract: {enforced: true}
      meta: {owner: sales@example.com, maturity: 1}
    latest_version: 1
    versions: [{v: 1}]
    data_tests: [{mesh_core.primary_key: {arguments: {columns: [total]}}}]
    columns:
      - {name: total, data_type: numeric, description: All of it.}
"""


class Meshes:
    """Meshes in a folder, stopped, each made from the one before when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def empty(self) -> Place:
        """A folder with nothing in it."""
        folder = self._folder / "empty"
        folder.mkdir()
        return Place(folder)

    @cached_property
    def begun(self) -> Place:
        """What init makes."""
        return self._made("begun", self.empty, lambda place: place.give(INIT))

    @cached_property
    def joined(self) -> Place:
        """Somebody joined the platform team, which was not applied yet."""
        return self._made("joined", self.begun, _join)

    @cached_property
    def one(self) -> Place:
        """With the project sales."""
        return self._made("one", self.begun, lambda place: place.give(NEW))

    @cached_property
    def two(self) -> Place:
        """With stores too, which may read sales."""
        return self._made("two", self.one, lambda place: place.give(STORES))

    @cached_property
    def edited(self) -> Place:
        """The spec wants a member, a right and a project more than was applied."""
        return self._made("edited", self.two, _edit)

    @cached_property
    def proposed(self) -> Place:
        """A change of sales takes a product back and brings another; it is approved."""
        return self._made("proposed", self.one, _propose)

    @cached_property
    def merged(self) -> Place:
        """That change is merged and not deployed."""
        merge = ("change", "merge", "sales", "1", "--no-deploy")
        return self._made("merged", self.proposed, lambda place: place.give(merge))

    def _made(self, name: str, before: Place, work: Callable[[Place], object]) -> Place:
        place = before.copy(self._folder / name)
        work(place)
        place.stop()
        return place


@dataclass(frozen=True)
class Command:
    """A command to kill.

    Attributes:
        words: the command.
        base: the mesh it is given in, an attribute of `Meshes`.
        over: exit code of a repetition that finds all done.
    """

    words: tuple[str, ...]
    base: str
    over: int = 0


COMMANDS = {
    "init": Command(INIT, "empty"),
    "new": Command(NEW, "begun", over=2),
    "apply": Command(("apply", "--all", "--yes"), "edited"),
    "run deploy": Command(("run", "sales", "deploy"), "merged"),
    "run ci": Command(("run", "sales", "ci", "--change", "1"), "proposed"),
    "change merge": Command(("change", "merge", "sales", "1"), "proposed"),
    "apply a member": Command(("apply", "--all", "--yes"), "joined"),
    "destroy": Command(("destroy", "stores", "--with-data", "--yes"), "two", over=2),
    "destroy --all": Command(("destroy", "--all", "--with-data", "--yes"), "two"),
    "destroy a young mesh": Command(("destroy", "--all", "--with-data", "--yes"), "begun"),
}


def _join(place: Place) -> None:
    for file in ("mesh.yml", "projects/shared.yml"):
        path = place.folder / file
        text = path.read_text()
        path.write_text(re.sub(r"( *)- grace", r"\1- grace\n\1- bob", text))
        assert "bob" in path.read_text()


def _edit(place: Place) -> None:
    projects = place.folder / "projects"
    sales = projects / "sales.yml"
    sales.write_text(sales.read_text().replace("- ada", "- ada\n      - bob"))
    assert "bob" in sales.read_text()
    (projects / "ops.yml").write_text(OPS)
    stores = projects / "stores.yml"
    stores.write_text(stores.read_text().replace("- sales", "- sales\n  - ops"))
    assert "- ops" in stores.read_text()


def _propose(place: Place) -> None:
    place.give(("clone", "sales"))
    checkout = place.folder / "checkouts" / "sales"
    marts = checkout / "models" / "sales" / "marts"
    example = marts / "sales_example.yml"
    example.write_text(example.read_text().replace("access: public", "access: private"))
    # Its report reads the other: a private model is no exposure's to read.
    report = marts / "_sales__exposures.yml"
    report.write_text(report.read_text().replace("'sales_example'", "'totals'"))
    (marts / "totals.yml").write_text(TOTALS)
    select = "select sum(amount)::numeric as total\nfrom {{ ref('sales_example') }}\n"
    (marts / "totals.sql").write_text(select)
    for words in (
        ("switch", "-qc", CHANGE),
        ("add", "--all"),
        ("-c", "user.name=ada", "commit", "-qm", "Publish totals"),
        ("push", "-q", "origin", CHANGE),
    ):
        subprocess.run(["git", *words], cwd=checkout, check=True)
    place.give(("change", "open", "sales", "--branch", CHANGE), who="ada")
    place.give(("change", "approve", "sales", "1"))
