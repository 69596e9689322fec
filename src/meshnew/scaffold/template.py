"""A version of the template, and a copy of it from which projects are rendered without git."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml

from meshnew.errors import ForgeError
from meshnew.forge import git, history

ANSWERS_FILE = ".copier-answers.yml"
# A long value goes on in the lines below it.
_SOURCE = re.compile(r"^_src_path:.*\n(?: .*\n)*", re.MULTILINE)


@dataclass(frozen=True)
class Template:
    """A version of the template.

    Attributes:
        url: address of its repository.
        version: a tag.
        environ: environment by which git reaches the address.
        cache: folder for Copier's copies of it. Copier knows them by address, and
            `git@embedded:template.git` is another repository in each mesh.
    """

    url: str
    version: str
    environ: Mapping[str, str] = field(hash=False)
    cache: Path

    @cached_property
    def copy(self) -> Path | None:
        """This version's files, fetched once; None where no such tag can be reached.

        Copier would fetch the repository, make a worktree of it and look at its submodules each
        time it renders, and ask git about every file: a hundred processes for a project.
        """
        found = None
        with suppress(ForgeError):
            found = git.remote_ref(self.url, f"refs/tags/{self.version}", environ=self.environ)
        if found is None:
            return None
        folder = self.cache / "versions" / found
        if not folder.is_dir():
            self._fetch(folder)
        return folder

    def _fetch(self, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=self.cache) as temporary:
            fetched = Path(temporary, "template")
            history.fetch_files(
                self.url, self.version, fetched, environ=self.environ, submodules=True
            )
            with suppress(OSError):  # another command was quicker
                fetched.replace(folder)

    def sign(self, answers: Path) -> None:
        """Have the answers file of what was rendered from the copy name the template itself."""
        source = yaml.safe_dump({"_commit": self.version, "_src_path": self.url})
        text = answers.read_text(encoding="utf-8")
        answers.write_text(_SOURCE.sub(lambda _: source, text, count=1), encoding="utf-8")
