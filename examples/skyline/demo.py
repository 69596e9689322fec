"""The demo: a mesh on this machine, from nothing to published data products.

Everything is done by the commands a user would give; each is shown before it
runs. Run again it finds everything there and changes nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import psycopg  # noqa: E402
import raw  # noqa: E402

from meshnew.mesh.write import edit  # noqa: E402

MESHNEW = Path(sys.executable).with_name("meshnew")
OWNERS = {"weather": "wanda", "airports": "amir", "flights": "ada"}
NEXT = (
    "status",
    'psql --as ada -c "select * from flights_products.daily_delays_v1 limit 5"',
    "shell flights --as ada -- dbt ls --resource-type model",
    "plan --all",
    "destroy --all --with-data",
)
console = Console(highlight=False, soft_wrap=True)
if not console.is_terminal:
    console = Console(highlight=False, soft_wrap=True, width=100)


class Demo:
    """One run of the demo in a folder; `seconds` has what each step of a project took."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seconds: dict[str, dict[str, float]] = defaultdict(dict)
        self.changed = False

    def run(self) -> None:
        """All of it."""
        self.found()
        with ThreadPoolExecutor() as pool:
            data = pool.submit(raw.download, self.folder / ".meshnew" / "data")
            for project in OWNERS:
                self.create(project)
            list(pool.map(self.load, OWNERS, [data.result()] * len(OWNERS)))
        self.two_teams()
        self.first_products("flights")
        self.airports_consume_flights()
        self.summary()

    def two_teams(self) -> None:
        """Two teams at once: neither needs what the other makes, and nobody waits for the other."""
        console.print("\n[dim]two teams at work[/]  weather and airports")
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.first_products, ("weather", "airports")))

    def first_products(self, project: str) -> None:
        """A team's first change: its models."""
        self.contribute(project, HERE / "projects" / project, "first-products", "build")

    def found(self) -> None:
        """The mesh itself, with mesh_core and shared."""
        if self.ready():
            return
        owner = "Grace Gomez <grace@skyline.example>"
        self.meshnew(
            "init", "--name", "skyline", "--member", "grace", "--owner", owner, "--yes", who="grace"
        )

    def ready(self) -> bool:
        """Whether the mesh is there and as its spec says; an interrupted one is finished."""
        if not (self.folder / "projects" / "shared.yml").is_file():
            return False
        before = self.projects()
        self.meshnew("apply", "--all", "--yes", who="grace")
        self.changed |= self.projects() != before
        return True

    def create(self, project: str) -> None:
        """A domain project, as its team would create it.

        It begins without a model, so there is nothing to deploy until its team adds some.
        """
        if (self.folder / "projects" / f"{project}.yml").is_file():
            return
        answers = HERE / "answers" / f"{project}.yml"
        given = ("--data-file", answers, "--defaults", "--no-deploy", "--yes")
        with self.timed(project, "new"):
            self.meshnew("new", "domain", project, *given, who="grace")

    def load(self, domain: str, data: Path) -> None:
        """What a company's loader does: copy raw files into a domain's raw schema."""
        user = f"{domain}_loader"
        access = json.loads(self.output("connect", user, "--json"))
        with (
            self.timed(domain, "load"),
            psycopg.connect(
                host=access["host"],
                port=access["port"],
                user=user,
                dbname=access["database"],
                passfile=access["passfile"],
                password="",  # or a PGPASSWORD of the user's shell would count
            ) as connection,
        ):
            loaded = raw.load(connection, domain, data)
        console.print(f"[dim]{user}[/]  {'; '.join(map(str, loaded))}")

    def contribute(self, project: str, files: Path, branch: str, step: str) -> None:
        """A change of a team: its files on a branch, opened, checked, approved, merged."""
        owner = OWNERS[project]
        self.meshnew("clone", project, who=owner, quiet=True)
        checkout = self.folder / "checkouts" / project
        self.git(checkout, "fetch", "--quiet", "origin")
        self.git(checkout, "checkout", "--quiet", "-B", branch, "origin/main")
        shutil.copytree(files, checkout, dirs_exist_ok=True)
        self.git(checkout, "add", "--all")
        if not self.git(checkout, "status", "--porcelain"):
            return
        with self.timed(project, step):
            self.git(checkout, *_as(owner), "commit", "-qm", branch.replace("-", " ").capitalize())
            self.git(checkout, "push", "--quiet", "--force", "origin", branch)
            self.meshnew("change", "open", project, "--branch", branch, who=owner)
            self.merge(project, branch)

    def airports_consume_flights(self) -> None:
        """airports' second step: the projects now depend on each other both ways."""
        spec = self.folder / "projects" / "airports.yml"
        if edit(spec, lambda data: self._consume(data["consumes"])):
            console.print("\n[dim]edited[/]  projects/airports.yml: consumes flights as well")
            self.meshnew("apply", "airports", "--yes", who="grace")
        if any(change["branch"] == "meshnew/render" for change in self.changes("airports")):
            self.merge("airports", "meshnew/render", "--no-deploy")
        self.contribute("airports", HERE / "projects" / "airports_traffic", "traffic", "traffic")

    @staticmethod
    def _consume(domains: list[str]) -> None:
        if "flights" not in domains:
            domains.append("flights")

    def merge(self, project: str, branch: str, *flags: str) -> None:
        """Merge the open change of a branch as its team, once the platform team approved it."""
        number = next(c["number"] for c in self.changes(project) if c["branch"] == branch)
        self.meshnew("change", "approve", project, number, who="grace")
        self.meshnew("change", "merge", project, number, *flags, who=OWNERS[project])

    def changes(self, project: str) -> list[dict[str, Any]]:
        """Open changes of a project, as `meshnew change list --json` has them."""
        return list(json.loads(self.output("change", "list", project, "--json")))

    def projects(self) -> object:
        """What `meshnew status` knows of them, but when they were last looked at."""
        found = json.loads(self.output("status", "--json"))
        return [item | {"looked_at": None} for item in found]

    def summary(self) -> None:
        """What there is now, and what to try next."""
        console.print()
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        for column in ("project", "data product", "rows", "schemas", "repository", "seconds"):
            table.add_column(
                column, justify="right" if column == "rows" else "left", overflow="fold"
            )
        for item in json.loads(self.output("status", "--json")):
            products = item["products"]
            took = [f"{step} {spent:.0f}" for step, spent in self.seconds[item["name"]].items()]
            table.add_row(
                item["name"],
                "\n".join(f"{p['name']} v{p['version']}" for p in products) or "-",
                "\n".join(f"{p['rows']:,}" for p in products if p["rows"] is not None),
                "\n".join(item["schemas"]) or "-",
                item["repository"].rpartition(":")[2].removesuffix(".git"),
                "\n".join(took) or "-",
                end_section=True,
            )
        console.print(table)
        if not self.changed:
            console.print("Nothing changed: the mesh was already as it should be.\n")
        console.print("[bold]Try next[/]")
        for command in NEXT:
            words, dashes, rest = command.partition(" -- ")
            tail = f"{dashes}{rest}"
            console.print(f"    .venv/bin/meshnew {words} -C {os.path.relpath(self.folder)}{tail}")

    def meshnew(self, *words: str | Path | int, who: str, quiet: bool = False) -> None:
        """Show a command and run it; the demo ends where it fails."""
        command = [*map(str, words), "--as", who]
        several = threading.current_thread() is not threading.main_thread()
        begin = f"[dim]{who:>5} │[/] " if several else "\n"
        if not quiet:
            console.print(f"{begin}[bold green]$[/] [bold]meshnew {' '.join(_shown(command))}[/]")
            self.changed |= words[0] != "apply"
        command = [str(MESHNEW), *command, "-C", str(self.folder)]
        if several:
            _tell(command, begin, quiet=quiet)
        else:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL if quiet else None)

    def output(self, *words: str) -> str:
        """Output of a command that only looks."""
        command = [str(MESHNEW), *words, "-C", str(self.folder), "--as", "grace"]
        found = subprocess.run(command, check=False, capture_output=True, text=True)
        if found.returncode not in (0, 3):
            sys.exit(found.stderr or found.stdout)
        return found.stdout

    @staticmethod
    def git(folder: Path, *words: str) -> str:
        """Run git in a checkout."""
        found = subprocess.run(
            ["git", "-C", str(folder), *words], check=False, capture_output=True, text=True
        )
        if found.returncode:
            sys.exit(found.stderr)
        return found.stdout

    def timed(self, project: str, step: str) -> Timer:
        """Adds what a block takes to the summary."""
        return Timer(self.seconds[project], step)


class Timer:
    """Writes the seconds of a block into a dictionary."""

    def __init__(self, into: dict[str, float], step: str) -> None:
        self.into, self.step = into, step

    def __enter__(self) -> None:
        self.began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self.into[self.step] = time.monotonic() - self.began


def _tell(command: list[str], begin: str, *, quiet: bool) -> None:
    """Run a command beside others: each line says whose it is."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            if not quiet:
                console.print(begin + escape(line.rstrip()))
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def _as(who: str) -> list[str]:
    """Settings with which plain git commits as somebody."""
    return ["-c", f"user.name={who}", "-c", f"user.email={who}@skyline.example"]


def _shown(words: list[str]) -> list[str]:
    """Words as a person would type them, paths shortened."""
    here = Path.cwd()
    names = [os.path.relpath(word, here) if word.startswith("/") else word for word in words]
    return [f"'{word}'" if " " in word or "<" in word else word for word in names]


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "demo").resolve()
    target.mkdir(parents=True, exist_ok=True)
    try:
        Demo(target).run()
    except subprocess.CalledProcessError as error:
        console.print("\nA command failed. `make demo` carries on from here.")
        sys.exit(error.returncode)
    except KeyboardInterrupt:
        sys.exit(130)
