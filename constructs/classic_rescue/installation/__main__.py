"""`python -P -m classic_rescue.installation`: what the commands need, into the environment of this
Python, beside the package. Only wheels with the locked hashes: no code of a package runs meanwhile.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from classic_rescue.installation.installer import (
    has_node,
    has_terraform,
    install,
    install_words,
    without_what_nobody_runs,
)

HERE = Path(__file__).resolve().parent


def main(environ: Mapping[str, str]) -> int:
    """Returns 0, or 1 after what the installer said and a sentence."""
    locks = ["default"]
    locks += [] if has_node(environ) else ["node"]
    locks += [] if has_terraform(environ) else ["terraform"]
    words = install_words(Path(sys.executable), environ)
    words += ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
    for name in locks:
        words += ["-r", str(HERE / f"{name}.txt")]
    sys.stdout.write(f"installation: {', '.join(locks)}, as locked, with {Path(words[0]).name}\n")
    sys.stdout.flush()
    try:
        install(words, lambda line: None, environ, HERE)
    except subprocess.CalledProcessError as problem:
        sys.stderr.write(str(problem.stdout)[-3000:])
        sys.stderr.write(
            "installation: failed (the last lines are above); mend the network or the index"
            " (PIP_INDEX_URL, UV_INDEX_URL), then run it again\n"
        )
        return 1
    except OSError as problem:
        sys.stderr.write(f"installation: {problem}\n")
        return 1
    for folder in without_what_nobody_runs(Path(sysconfig.get_path("purelib"))):
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
