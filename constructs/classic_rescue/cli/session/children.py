"""What programs that a command starts get of the user's surroundings."""

from __future__ import annotations

import os
from collections.abc import Mapping

from classic_rescue.boot import environment


def safe_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment, in which PYTHONPATH names absolute paths only.

    An empty entry, as `PYTHONPATH=$PYTHONPATH:/opt` makes one, and a relative one mean whichever
    folder a program runs in, and what lies there would come before the standard library.
    """
    given = environ.get(environment.PYTHONPATH, "").split(os.pathsep)
    kept = os.pathsep.join(entry for entry in given if os.path.isabs(entry))
    others = {name: value for name, value in environ.items() if name != environment.PYTHONPATH}
    return {**others, environment.PYTHONPATH: kept} if kept else others
