"""Write the filtered copy of the file that is named."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.forge.description import FILE, filtered

whole = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
FILE.write_text(json.dumps(filtered(whole), indent=1) + "\n", encoding="utf-8")
