"""The fixed Terraform blocks of a stack. They are the same for no device and for a thousand.

The names here are addresses in people's state. Changing one would release and boot every device
again. Why two blocks a device: docs/decisions/02-two-blocks-a-device.md. Why `for_each` is a bare
reference to a local: docs/decisions/01-one-for-each-block-a-stack.md.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from classic_rescue.boot import environment
from classic_rescue.stack.templates import escape

DEVICES = "devices"
"""The local that holds every order (the leave hook looks for it in other stacks),
and the output.
"""

POLICY = "policy"
"""The local that holds what the hook needs of the policy, as one text; nothing refers to it,
so no plan shows it.
"""

RELEASE = "release"
BOOT = "boot"
RESOURCE_TYPE = "terraform_data"

_FOR_EACH = f"${{local.{DEVICES}}}"
OUTPUT_VALUE = (
    f"${{{{for key, order in local.{DEVICES} : key => {{"
    " name = order.name,"
    ' desired = order.image == null ? order.boot : "image ${order.image}",'
    ' access = "classic-rescue access ${order.name}"'
    " }}}"
)
"""Name, desired state and access command by device key.

One expression, however many devices there are.
"""


OUTPUT_DESCRIPTION = "Desired boot state of each device, by device key"


_TO_CONDUCTOR = (
    f'folder="${{{environment.CONDUCTOR}-}}"; if [ "$folder" ]; then [ -r "$folder/client" ] ||'
    " { echo 'classic-rescue hook: interrupted: the run that started this has ended; nothing was"
    ' started; run again\' >&2; exit 130; }; . "$folder/client"; fi;'
)
"""Where a conductor serves this run, its script takes over, and never comes back
(`conductor/client.sh`).
"""


@dataclass(frozen=True, slots=True)
class HookCall:
    """How Terraform starts the hook.

    `python`: the interpreter, an absolute path. `import_path`: the folder that holds
    `classic_rescue`, relative to the folder Terraform runs in; None when that Python finds the
    package by itself. `endpoint`: the API's address. `has_policy`: the hook must find a policy.
    """

    python: str
    import_path: str | None
    endpoint: str | None
    has_policy: bool = False

    def command(self, verb: Literal["enter", "leave"]) -> str:
        """The shell command, quoted for sh and for Terraform's templates."""
        # -P, and a PYTHONPATH that holds nothing of the user's: no `json.py` that lies in the
        # stack's folder runs instead of the standard library's (docs/decisions/33-safe-starts.md).
        # -S: with the path given, the hook needs nothing of site-packages, and looking there costs
        # it 3 %.
        flags = "-P" if self.import_path is None else "-S -P"
        # exec: the hook itself gets the signals that end Terraform, instead of a shell that does
        # not pass them on.
        return escape(
            f"verb={verb}; {_TO_CONDUCTOR}"
            f" PYTHONPATH={shlex.quote(self.import_path or '')} exec {shlex.quote(self.python)}"
            f" {flags} -m classic_rescue.hook {verb}"
        )

    def environment(self) -> dict[str, str]:
        """What the hook is told. At destroy time Terraform allows only `self` in it."""
        told = {environment.ORDER: "${jsonencode(self.input)}"}
        if self.endpoint is not None:
            told[environment.FLEET_ENDPOINT] = escape(self.endpoint)
        return {**told, environment.POLICY_MARK: "enforced"} if self.has_policy else told


def find_import_path(working_folder: Path) -> str | None:
    """Where the hook finds `classic_rescue`, relative to the folder Terraform runs in;
    None when it is installed.
    """
    source_root = Path(__file__).resolve().parents[2]
    is_installed = source_root.name in ("site-packages", "dist-packages")
    # One that only a PYTHONPATH leads to: the hook does not get that.
    named = os.environ.get(environment.PYTHONPATH, "").split(os.pathsep)
    if is_installed and not any(entry and Path(entry).resolve() == source_root for entry in named):
        return None
    return os.path.relpath(source_root, working_folder.resolve())


def fixed_blocks(hook: HookCall) -> dict[str, dict[str, object]]:
    """The two blocks of resources, by their names."""
    return {RELEASE: _release(hook), BOOT: _boot(hook)}


def _release(hook: HookCall) -> dict[str, object]:
    """Cannot fail on creation, so Terraform always runs its leave hook on removal."""
    return {
        "for_each": _FOR_EACH,
        "input": "${each.value}",
        "triggers_replace": "${each.key}",
        "provisioner": [_local_exec("leave", "destroy", hook)],
    }


def _boot(hook: HookCall) -> dict[str, object]:
    """Replaced when the desired boot state or the script of its repair changes: the enter hook runs
    once. Without a repair the trigger is what it was before there were any.
    """
    return {
        "for_each": _FOR_EACH,
        "input": "${each.value}",
        "triggers_replace": (
            "${merge({device = each.key, boot = each.value.boot, image = each.value.image,"
            " no_os_environment = each.value.no_os_environment},"
            " try({repair = each.value.repair.sha256, then = each.value.repair.then}, {}))}"
        ),
        "depends_on": [f"{RESOURCE_TYPE}.{RELEASE}"],
        "provisioner": [_local_exec("enter", "create", hook)],
    }


def _local_exec(verb: Literal["enter", "leave"], when: str, hook: HookCall) -> dict[str, object]:
    return {
        "local-exec": {
            "when": when,
            "command": hook.command(verb),
            "environment": hook.environment(),
        }
    }
