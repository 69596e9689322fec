"""A checkout's plumbing: what the verbs of `meshnew.forge.git` are made of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from meshnew.errors import ForgeError
from meshnew.forge._command import identity, run
from meshnew.temporary import MARK

# Half a .git is none for git: it would take the repository around the folder for ours,
# as the mesh's is around the checkouts of runs. So it is made here, and then put in place.
PART = f".git{MARK}"


def attach(folder: Path, url: str, branch: str) -> None:
    """Make a folder a repository, unless it is one, with this origin."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {
        ("remote", "origin", "url"): url,
        ("remote", "origin", "fetch"): "+refs/heads/*:refs/remotes/origin/*",
        ("branch", branch, "remote"): "origin",
        ("branch", branch, "merge"): f"refs/heads/{branch}",
    }
    part = folder / PART
    shutil.rmtree(part, ignore_errors=True)  # a killed command's
    if not (folder / ".git").exists():
        part.mkdir()
        run(part, "init", "--quiet", "--template=", f"--initial-branch={branch}")
        with (part / ".git" / "config").open("a", encoding="utf-8") as config:
            config.writelines(
                f"[{section} {_quoted(name)}]\n\t{key} = {_quoted(value)}\n"
                for (section, name, key), value in wanted.items()
            )
        (part / ".git").rename(folder / ".git")
        part.rmdir()
        return
    there = _settings(folder)
    for parts, value in wanted.items():
        if there.get(".".join(parts)) != [value]:
            run(folder, "config", "--local", "--replace-all", ".".join(parts), value)


def _quoted(text: str) -> str:
    """As a file of git's settings writes a value that holds anything but a line break."""
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


def _settings(folder: Path) -> dict[str, list[str]]:
    """A checkout's own settings: key, its last part in lower case -> values.

    Raises:
        ForgeError: its .git is broken; a repository around it is not asked instead.
    """
    found: dict[str, list[str]] = {}
    alone = {"GIT_CEILING_DIRECTORIES": str(folder.absolute().parent)}
    asked = ("config", "--local", "--list", "-z")
    for entry in run(folder, *asked, strip=False, environ=alone).parts():
        key, _, value = entry.partition("\n")
        found.setdefault(key, []).append(value)
    return found


def fetch(folder: Path, environ: Mapping[str, str]) -> None:
    """Bring what origin has into refs/remotes/origin."""
    run(folder, "fetch", "--quiet", "--prune", "--force", "origin", environ=environ)


def reset(folder: Path, branch: str) -> None:
    """Check out a branch as origin has it, whatever state the checkout is in."""
    run(folder, "symbolic-ref", "HEAD", f"refs/heads/{branch}")
    run(folder, "reset", "--quiet", "--hard", upstream(branch))


def commit_of(folder: Path, name: str) -> str | None:
    """The commit that a name stands for, None where it stands for none."""
    asked = ["--verify", "--quiet", f"{name}^{{commit}}"]
    return run(folder, "rev-parse", *asked, codes=(0, 1)).text or None


def require_checkout(folder: Path) -> None:
    """Refuse a folder that is no checkout of its own."""
    # git would take the repository around a folder for its own.
    if not (folder / ".git").exists():
        raise ForgeError("is no checkout", where=folder.name, fix="`meshnew clone` makes one.")


def rewrite(folder: Path, environ: Mapping[str, str], url: str) -> None:
    """Write the rules by which an environment rewrites an address into a checkout."""
    for key, prefix in _rules(environ, url):
        there = {
            old: values
            for old, values in _settings(folder).items()
            if old.startswith("url.") and old.endswith(".insteadof") and prefix in values
        }
        if there == {key.removesuffix("Of") + "of": [prefix]}:
            continue
        for old in there:  # of two equal rules git would take the older
            run(folder, "config", "--local", "--unset-all", old)
        run(folder, "config", "--local", key, prefix)


def _rules(environ: Mapping[str, str], url: str) -> Iterator[tuple[str, str]]:
    """The rules of an environment that a checkout keeps for this address: setting, prefix.

    One to HTTPS it does not keep: without the environment's token plain git goes the way that
    its user has set up.
    """
    for number in range(int(environ.get("GIT_CONFIG_COUNT", "0"))):
        key, prefix = environ[f"GIT_CONFIG_KEY_{number}"], environ[f"GIT_CONFIG_VALUE_{number}"]
        kept = key.endswith(".insteadOf") and not key.startswith("url.https://")
        if kept and url.startswith(prefix):
            yield key, prefix


def head(folder: Path) -> str:
    """The commit that is checked out."""
    return run(folder, "rev-parse", "HEAD").text


def upstream(branch: str) -> str:
    """Where a checkout keeps what origin's branch is at."""
    return f"refs/remotes/origin/{branch}"


def name_of(url: str) -> str:
    """Name of the repository that an address ends with."""
    return url.replace(":", "/").rstrip("/").rpartition("/")[2].removesuffix(".git")


def commit(folder: Path, message: str, author: str | None, *only: str) -> str | None:
    """Commit what is staged, or `only` some paths of it; None where nothing is."""
    paths = only[1:]
    if run(folder, "diff", "--cached", "--quiet", *paths, codes=(0, 1)).code == 0:
        return None
    who = identity(author) if author else {}
    run(folder, "commit", "--quiet", "--message", message, *only, environ=who)
    return head(folder)


def is_tracked(folder: Path, path: Path) -> bool:
    """Whether git knows a path, there or removed."""
    return bool(run(folder, "ls-files", "--", str(path)).text)
