"""Run a project's tests on mutants of a file, in the project's own environment.

One process for all of them: dbt takes seconds to start. Prints one JSON object: the
mutants that no test missed, and what is said of the file as it is.

    python mutate.py ../macros/columns.sql '[["old", "new"], ...]'
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from strict_dbt import main as dbt


def main(path: Path, mutants: list[tuple[str, str]]) -> dict[str, Any]:
    """Write each mutant, test, and put the file back."""
    text = path.read_text()
    survived = []
    try:
        for old, new in mutants:
            path.write_text(text.replace(old, new))
            if dbt([["test"]])["failed"] is None:
                survived.append((old, new))
    finally:
        path.write_text(text)
    return {"survived": survived, "as_it_is": dbt([["test"]])}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), json.loads(sys.argv[2]))))  # noqa: T201
