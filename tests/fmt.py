"""`terraform fmt -check` of all modules, with whichever engine there is."""

from __future__ import annotations

import os
import subprocess
import sys

from meshnew.assets import asset
from meshnew.provision.engine import find


def main() -> int:
    """Exit code of `terraform fmt -check`; the differences are printed."""
    command = [str(find().path), "fmt", "-check", "-diff", "-recursive"]
    environ = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run([*command, str(asset("terraform_modules"))], env=environ, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
