"""Which node runs the CDK libraries: they are JavaScript behind a Python face (jsii)."""

from __future__ import annotations

import shutil
from collections.abc import MutableMapping
from pathlib import Path

from classic_rescue.boot import environment


def choose_node(environ: MutableMapping[str, str], python: str) -> None:
    """Prefer the node that stands beside the Python interpreter: the one that the Pipfile brings,
    of a tested version.

    A path in JSII_NODE wins. Raises ImportError when there is no node at all, since jsii's own
    error is a traceback.
    """
    given = environ.get(environment.JSII_NODE)
    beside = shutil.which("node", path=str(Path(python).parent))
    if not given and beside:
        environ[environment.JSII_NODE] = beside
    elif not shutil.which(given or "node", path=environ.get(environment.PATH, "")):
        raise ImportError(
            f"{given or 'node'} was not found; run inside the project's environment (`pipenv run`),"
            f" which brings Node 22, or set {environment.JSII_NODE} to the path of node"
        )
