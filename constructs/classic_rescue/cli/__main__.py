"""`python -m classic_rescue.cli`."""

from __future__ import annotations

from classic_rescue.cli import main

main()
