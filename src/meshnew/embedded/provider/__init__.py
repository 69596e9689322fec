"""The Terraform provider of the laptop platform, served from meshnew's own process.

Imported only by commands that provision: it loads gRPC.
"""

from __future__ import annotations

from meshnew.embedded.provider.existing import existing
from meshnew.embedded.provider.server import SOURCE, serve

__all__ = ["SOURCE", "existing", "serve"]
