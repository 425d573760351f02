"""Which node runs the CDK libraries: they are JavaScript behind a Python face (jsii)."""

from __future__ import annotations

import shutil
from collections.abc import MutableMapping
from pathlib import Path

NODE_VARIABLE = "JSII_NODE"
"""The environment variable in which jsii looks for the path of node; without it, jsii takes `node` from PATH."""


def choose_node(environ: MutableMapping[str, str], python: str) -> None:
    """Prefer the node that stands beside the Python interpreter: the one that the Pipfile brings, of a tested version.

    A path in JSII_NODE wins. Raises ImportError when there is no node at all, since jsii's own error is a traceback.
    """
    given = environ.get(NODE_VARIABLE)
    beside = shutil.which("node", path=str(Path(python).parent))
    if not given and beside:
        environ[NODE_VARIABLE] = beside
    elif not shutil.which(given or "node", path=environ.get("PATH", "")):
        raise ImportError(
            f"{given or 'node'} was not found; run inside the project's environment (`pipenv run`), which brings"
            f" Node 22, or set {NODE_VARIABLE} to the path of node"
        )
