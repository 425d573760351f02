"""How long tests wait for what happens at once on a machine that has nothing else to do.

No test may depend on how fast the machine is: one that hangs is ended by pytest-timeout, whose time
(pyproject.toml) is longer.
"""

from __future__ import annotations

PATIENCE_S = 1500
