"""Write the reduced schemas again, from the folder named by the only argument."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.terraform.schemas import write

write(Path(sys.argv[1]))
