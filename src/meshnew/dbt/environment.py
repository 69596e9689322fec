"""The Python environment of a project: built from its pins, shared by all that pin the same."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from meshnew import interrupt
from meshnew.dbt.text import scrubber
from meshnew.errors import RunError

_COMPLETE = ".complete"
_SHOWN_LINES = 15
_OTHER_FILE = ("-r ", "-c ", "--requirement ", "--constraint ")
_PASSED_ON = {  # what pip is told, in uv's words
    "PIP_INDEX_URL": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "PIP_EXTRA_INDEX_URL": ("UV_EXTRA_INDEX_URL", "UV_INDEX"),
    "PIP_CERT": ("SSL_CERT_FILE",),
    "PIP_FIND_LINKS": ("UV_FIND_LINKS",),
    "PIP_NO_INDEX": ("UV_NO_INDEX",),
}
OF_ANOTHER = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME")
"""Variables that belong to another environment of Python."""
# Another environment's Python, and settings of dbt that a shell may hold for other work.
# Nor whatever a platform is made or reached with: a job has its project's identity alone.
_NOT_INHERITED = re.compile(
    "|".join(OF_ANOTHER) + r"|DBT_(?!ENV_).*"
    r"|PG[A-Z_]+|DBT_ENV_SECRET_PGPASSWORD|TF_.*"
    r"|(SNOWFLAKE|DATABRICKS|GOOGLE|AWS|AZURE|ARM|GITHUB|GH|GITLAB|DAGSTER)_.*"
)
_SETTINGS = {"DO_NOT_TRACK": "1", "PYTHONUTF8": "1", "DBT_TARGET_PATH": "target"}


@dataclass(frozen=True)
class Environment:
    """A Python environment that holds dbt.

    Attributes:
        python: its interpreter.
        folder: where it lies.
        digest: what it was built from: the pins and the Python version, hashed.
    """

    python: Path
    folder: Path
    digest: str

    @property
    def scripts(self) -> Path:
        """Folder of the environment's commands, such as `dbt`."""
        return self.python.parent


def inherited() -> dict[str, str]:
    """Variables that dbt and the linters of a project get from this process."""
    own = {k: v for k, v in os.environ.items() if not _NOT_INHERITED.fullmatch(k)}
    return {**own, **_SETTINGS}


def at_hand(requirements: str) -> Environment | None:
    """The environment for the text of a requirements file, if it was built before.

    Files that the text names are not read: where there are any, none is found.
    """
    pins = _pins_of(requirements.splitlines())
    environment = _of(pins)
    return environment if _complete(environment) else None


def prepare(requirements: Path, *, on_line: Callable[[str], None] = lambda _: None) -> Environment:
    """The environment for a requirements file; built if there is none yet.

    Two processes that ask at once build it once; one that was left half built is built anew.

    Args:
        requirements: the project's requirements.txt.
        on_line: called with each line of progress.

    Raises:
        RunError: the file is missing or cannot be installed.
    """
    from filelock import FileLock, Timeout

    environment = _of(_pins(requirements, set()))
    if _complete(environment):
        return environment
    environment.folder.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(environment.folder.with_name(f"{environment.digest}.lock"))
    try:
        held = lock.acquire(timeout=0)
    except Timeout:
        on_line("another run is building this environment: waiting for it")
        held = lock.acquire()
    with held:
        if not _complete(environment):
            _build(environment, requirements, on_line)
    return environment


def _build(environment: Environment, requirements: Path, on_line: Callable[[str], None]) -> None:
    import uv

    folder = environment.folder
    shutil.rmtree(folder, ignore_errors=True)
    on_line(f"building a dbt environment from {requirements.name}")
    uv_command = [uv.find_uv_bin(), "--color=never", "--no-python-downloads"]
    _run([*uv_command, "venv", "--python", sys.executable, str(folder)], folder, on_line)
    install = ["pip", "install", "--compile-bytecode", "--python", str(environment.python)]
    _run([*uv_command, *install, "-r", str(requirements.resolve())], folder, on_line)
    (folder / _COMPLETE).touch()


def _run(command: list[str], folder: Path, on_line: Callable[[str], None]) -> None:
    environ = _environ(os.environ)
    scrub = scrubber(environ, [(folder, "<environment>")])
    last: deque[str] = deque(maxlen=_SHOWN_LINES)
    with (
        subprocess.Popen(
            command,
            cwd=folder.parent,  # not the project: a uv.toml there is no business of its dbt
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process,
        interrupt.child(process),
    ):
        assert process.stdout  # noqa: S101  (PIPE was asked for)
        for line in process.stdout:
            if text := scrub(line.rstrip()):
                last.append(text)
                on_line(text)
    if process.returncode:
        raise RunError(
            "the dbt environment could not be built:\n  " + "\n  ".join(last),
            where="requirements.txt",
            fix="Check the pins, and that the package index answers (PIP_INDEX_URL or "
            "UV_DEFAULT_INDEX names another one); then run the command again",
        )


def _environ(environ: Mapping[str, str]) -> dict[str, str]:
    result = {k: v for k, v in environ.items() if k not in OF_ANOTHER}
    for theirs, ours in _PASSED_ON.items():
        if environ.get(theirs) and not any(environ.get(name) for name in ours):
            result[ours[0]] = environ[theirs]
    if "UV_FIND_LINKS" not in environ and "UV_FIND_LINKS" in result:
        result["UV_FIND_LINKS"] = ",".join(result["UV_FIND_LINKS"].split())
    return result


def _of(pins: Iterable[str]) -> Environment:
    built_for = [sys.implementation.cache_tag, sysconfig.get_platform()]
    text = "\n".join([*built_for, *sorted(pins)])
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    folder = _cache() / digest
    scripts = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    return Environment(folder / scripts, folder, digest)


def _pins(path: Path, seen: set[Path]) -> Iterator[str]:
    """What a requirements file asks for, other files it names included."""
    if path in seen:
        return
    seen.add(path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise RunError(
            "a project's requirements file cannot be read",
            where=path.name,
            fix="Name dbt and its adapter there, such as dbt-core==1.12.0",
        ) from error
    for pin in _pins_of(lines):
        if pin.startswith(_OTHER_FILE):
            yield from _pins(path.parent / pin.split(maxsplit=1)[1], seen)
        else:
            yield pin


def _pins_of(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        pin = " ".join(line.split(" #")[0].split())
        if pin and not pin.startswith("#"):
            yield pin


def _cache() -> Path:
    if folder := os.environ.get("MESHNEW_CACHE"):
        return Path(folder).expanduser().resolve() / "environments"
    import platformdirs

    return platformdirs.user_cache_path("meshnew", appauthor=False) / "environments"


def _complete(environment: Environment) -> bool:
    # The interpreter is a link: it is gone when the Python it was made from is.
    return (environment.folder / _COMPLETE).is_file() and environment.python.exists()
