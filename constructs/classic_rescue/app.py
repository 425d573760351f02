"""The CDK for Terraform app: the fleet file becomes one Terraform stack a shard.

`python -m classic_rescue.app` runs it in the folder of a project, and so does a `main.py` that
calls `run`.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from classic_rescue.boot import environment
from classic_rescue.rim.hiding import forms_of, hide, secrets_of
from classic_rescue.rim.streams import Outlet, open_missing_streams
from classic_rescue.rim.unexpected import say_unexpected


def main(usual: Path) -> int:
    """The exit code: 0 when every stack is written, 1 when something is wrong; stderr then says
    what. `usual` is the fleet file where the environment names none.
    """
    try:  # imported here, so that an unusable library or a missing node becomes a message
        from classic_rescue.fleet import Fleet, FleetErrors, check_policy, read_fleet, untrusted
        from classic_rescue.stack import App, BootStateStack
        from classic_rescue.stack.failures import explain
    except (ImportError, ValueError) as error:
        return fail(str(error))

    def synthesise(fleet: Fleet) -> None:
        app = App()
        traits = fleet.traits
        for shard in range(fleet.shards):
            name = fleet.stack_name(shard)
            orders = fleet.shard(shard)
            BootStateStack(
                app,
                name,
                orders=orders,
                backend=fleet.backend,
                endpoint=fleet.endpoint,
                policy=fleet.policy,
                traits=traits,
            )
        app.synth()

    path = Path(os.environ.get(environment.FLEET) or usual)
    now = datetime.now(UTC)
    try:
        fleet = read_fleet(path, now=now, environ=os.environ)
        if problems := [*untrusted(fleet, os.environ)]:
            return fail(*problems)
        verdict = check_policy(fleet, now, os.environ)
        if verdict.refuses:
            return fail(*verdict.lines())
        say(*verdict.lines())
        synthesise(fleet)
    except FleetErrors as errors:
        return fail(*map(str, errors.problems))
    except (OSError, RuntimeError, ValueError) as error:
        return fail(explain(error))
    return 0


def say(*messages: str) -> None:
    """Print one message a line to stderr."""
    for message in messages:
        print(message, file=sys.stderr)  # noqa: T201 (the rim: this is a command)


def fail(*messages: str) -> int:
    """Print the messages and give the exit code of a failure."""
    say(*messages)
    return 1


def run(usual: Path = Path("fleet.yaml")) -> int:
    """The whole process: nothing secret gets out, and of a defect only the kind. `usual` as in
    `main`.
    """
    os.umask(0o077)  # the stacks hold every order: for this user only, whoever started this
    forms = forms_of(secrets_of(os.environ), users=[os.environ.get(environment.SL_USERNAME, "")])
    open_missing_streams()
    before = (sys.stdout, sys.stderr)
    sys.stdout, sys.stderr = (Outlet(stream, lambda text: hide(text, forms)) for stream in before)
    try:
        return main(usual)
    except Exception as problem:  # noqa: BLE001 the rim: cdktf prints what is said here
        return fail(say_unexpected("classic-rescue", problem, lambda text: hide(text, forms)))
    finally:
        sys.stdout, sys.stderr = before


if __name__ == "__main__":
    sys.exit(run())
