"""Run dbt commands as strictly as dbt can, in a project's own environment.

On Postgres dbt does not check YAML against its schemas; here it does, and every
deprecation is an error. Prints one JSON object: the command that failed, if one did,
and what dbt warned of.

    python strict_dbt.py '[["deps"], ["build", "--target", "prod"]]'
"""

from __future__ import annotations

import json
import sys
from typing import Any

from dbt.cli.main import dbtRunner
from dbt.jsonschemas import jsonschemas

STRICT = json.dumps({"error": ["Deprecations"], "silence": ["UnusedResourceConfigPath"]})


def main(commands: list[list[str]]) -> dict[str, Any]:
    """Run the commands until one fails."""
    jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS.add("postgres")
    said: list[str] = []

    def listen(event: Any) -> None:
        if event.info.level in ("warn", "error"):
            said.append(event.info.msg)

    flags = ["--warn-error-options", STRICT, "--no-partial-parse", "--no-use-colors", "--quiet"]
    for command in commands:
        result = dbtRunner(callbacks=[listen]).invoke([*flags, *command])
        if not result.success:
            return {"failed": command, "said": [*said, str(result.exception or "")]}
    return {"failed": None, "said": said}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))  # noqa: T201
