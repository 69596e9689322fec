"""Ask OSV, the open database of vulnerabilities, about every version that constraints.txt pins.

One request, a few seconds at most. Where there is no answer (no network, a proxy, a private
index only) nothing was checked, which is said and is no failure. `make check` runs it.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from pathlib import Path

SOURCE = "https://api.osv.dev/v1/querybatch"
CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"
SECONDS = 4
# Advisory -> why it does not concern meshnew. Remove it with the pin it is about.
ACCEPTED: dict[str, str] = {}


class NoAnswerError(Exception):
    """The source did not say anything of use."""


def pins(file: Path) -> dict[str, str]:
    """Package -> version."""
    lines = (line.partition("#")[0].partition(";")[0] for line in file.read_text().splitlines())
    return {
        name.strip(): version.strip()
        for name, equal, version in (line.partition("==") for line in lines)
        if equal
    }


def advisories(pinned: dict[str, str], source: str = SOURCE) -> dict[str, list[str]]:
    """Package -> ids of its advisories, without those that are accepted.

    Raises:
        NoAnswerError: with the reason.
    """
    asked = [
        {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}
        for name, version in pinned.items()
    ]
    request = urllib.request.Request(  # noqa: S310  (a constant, or a test's own server)
        source,
        data=json.dumps({"queries": asked}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            results = json.load(answer)["results"]
        ids = [[found["id"] for found in result.get("vulns", [])] for result in results]
        by_package = dict(zip(pinned, ids, strict=True))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoAnswerError(f"{type(error).__name__}: {error}") from error
    open_ids = {name: [i for i in ids if i not in ACCEPTED] for name, ids in by_package.items()}
    return {name: ids for name, ids in open_ids.items() if ids}


def main(source: str = SOURCE) -> int:
    """Print what was found; 1 where a pin has an advisory."""
    pinned = pins(CONSTRAINTS)
    try:
        found = advisories(pinned, source)
    except NoAnswerError as reason:
        print(f"Advisories: not checked, {source} gave no answer ({reason})")
        return 0
    for name, ids in found.items():
        print(f"{name}=={pinned[name]}: {', '.join(ids)}", file=sys.stderr)
    if found:
        print("Pin a version without it in constraints.txt, or say in ACCEPTED why it is none.")
        return 1
    print(f"Advisories: none known for the {len(pinned)} pinned packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
