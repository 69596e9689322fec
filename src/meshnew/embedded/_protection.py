"""What keeps a branch of a bare repository: hooks, and a memory of the branch as it should be.

Git objects reach a protected branch by one first push and then by merges made inside the
repository. `refs/meshnew/BRANCH` stands where these left the branch, so that whatever came
another way, written into the repository's folder by hand, can be told and set aside.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

Git = Callable[..., str]
"""git in one repository; `missing_is` is an exit code that means: there is none."""

SETTING = "meshnew.protected"
GOOD = "refs/meshnew/"

# All of a push at once: main and its tag come together, and neither without the other.
_BEFORE = """\
#!/bin/sh
# Written by meshnew: a protected branch takes one first push, then only changes; in its
# repository a tag stands on main's history and never moves.
protected=$(git config --get-all meshnew.protected) || exit 0
name=$(basename "$(pwd)" .git)
pushed=$(cat)

given() { case "$1" in *[!0]*) return 0 ;; *) return 1 ;; esac }
is_protected() { printf '%s\\n' "$protected" | grep -Fqx -- "$1"; }
commit() { git rev-parse --verify --quiet "$1^{commit}"; }

main=$(commit refs/heads/main)
while read -r old new ref; do
    if [ "$ref" = refs/heads/main ] && given "$new"; then main=$new; fi
done <<END
$pushed
END

while read -r old new ref; do
    case "$ref" in
    refs/heads/*)
        branch=${ref#refs/heads/}
        is_protected "$branch" || continue
        if ! given "$old" && ! commit "refs/meshnew/$branch" >/dev/null; then continue; fi
        if given "$new"; then
            echo "meshnew: $branch of $name takes no direct push."
        else
            echo "meshnew: $branch of $name cannot be deleted or renamed."
        fi
        echo "Push a branch instead and open a change from it:"
        echo "  git push origin HEAD:refs/heads/my-change"
        echo "  meshnew change open $name --branch my-change"
        exit 1 ;;
    refs/tags/*)
        tag=${ref#refs/tags/}
        if given "$old"; then
            echo "meshnew: tag $tag of $name can be neither moved nor deleted."
            echo "Others stand on it: choose the next version."
            exit 1
        fi
        at=$(commit "$new")
        if [ -z "$at" ] || [ -z "$main" ] || ! git merge-base --is-ancestor "$at" "$main"; then
            echo "meshnew: tag $tag of $name does not stand on main."
            echo "Merge its commit as a change first, then tag main."
            exit 1
        fi ;;
    refs/meshnew/*)
        echo "meshnew: $ref of $name is kept by meshnew."
        echo "Push a branch instead: git push origin HEAD:refs/heads/my-change"
        exit 1 ;;
    esac
done >&2 <<END
$pushed
END
"""
_AFTER = """\
#!/bin/sh
# Written by meshnew: remembers a protected branch as its first push made it.
git config --get-all meshnew.protected | while read -r branch; do
    git rev-parse --verify --quiet "refs/meshnew/$branch" >/dev/null && continue
    commit=$(git rev-parse --verify --quiet "refs/heads/$branch") || continue
    git update-ref "refs/meshnew/$branch" "$commit"
done
"""
HOOKS = {"pre-receive": _BEFORE, "post-receive": _AFTER}


def write_hooks(folder: Path) -> None:
    """Put the hooks into a repository's folder of hooks."""
    folder.mkdir(exist_ok=True)
    (folder / "update").unlink(missing_ok=True)  # what meshnew 0.1 protected with
    for name, text in HOOKS.items():
        new = folder / f"{name}.new"
        new.write_text(text, encoding="utf-8")
        new.chmod(0o755)
        new.replace(folder / name)


def hooks_work(folder: Path) -> bool:
    """Whether the hooks are there as they were written, and git may run them."""
    try:
        return all(
            (folder / name).read_text(encoding="utf-8") == text
            and os.access(folder / name, os.X_OK)
            for name, text in HOOKS.items()
        )
    except OSError:
        return False


def is_in_place(git: Git, branch: str, default: str) -> bool:
    """Whether a branch is where it was protected: neither renamed, removed nor forgotten."""
    if branch == default and git("symbolic-ref", "--quiet", "HEAD", missing_is=1).strip() != (
        f"refs/heads/{default}"
    ):
        return False
    return (_at(git, f"refs/heads/{branch}") is None) == (_at(git, GOOD + branch) is None)


def strays(git: Git, branch: str) -> list[str]:
    """What came to a branch, or went from it, by another way than a push or a merge."""
    now, good = _at(git, f"refs/heads/{branch}"), _at(git, GOOD + branch)
    if now is None or good is None or now == good:
        return []
    form = ["--no-show-signature", "--format=%h %s (%an)"]
    came = git("log", *form, f"{good}..{now}").splitlines()
    went = git("log", *form, f"{now}..{good}").splitlines()
    return [*came, *(f"{line} is missing" for line in went)]


def restore(git: Git, branch: str, default: str) -> None:
    """Put a branch back where pushes and merges left it, and what differs there aside."""
    if branch == default:
        git("symbolic-ref", "HEAD", f"refs/heads/{default}")
    name = f"refs/heads/{branch}"
    now, good = _at(git, name), _at(git, GOOD + branch)
    if good is None and now is not None:
        git("update-ref", GOOD + branch, now)
    elif good is not None and now != good:
        if now is not None and git("rev-list", "-1", f"{good}..{now}").strip():
            short = git("rev-parse", "--short", now).strip()
            git("update-ref", f"refs/heads/meshnew/stray-{short}", now)
        git("update-ref", "-m", "put back by meshnew", name, good, now or "0" * len(good))


def forget(git: Git, branch: str) -> None:
    """Remember a branch no longer."""
    git("update-ref", "-d", GOOD + branch)


def _at(git: Git, name: str) -> str | None:
    asked = ["--verify", "--quiet", f"{name}^{{commit}}"]
    return git("rev-parse", *asked, missing_is=1).strip() or None
