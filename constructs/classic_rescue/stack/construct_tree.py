"""Where in the construct tree something is: its stack, its app,
and the folder that Terraform will run in.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakKeyDictionary

from classic_rescue.boot import environment
from classic_rescue.stack._cdk import App, Construct, IConstruct, Node, TerraformStack
from classic_rescue.stack.claims import Ledger


@dataclass(frozen=True, slots=True)
class AppRecord:
    """What all stacks of one app share. `outdir`: the output folder, such as `cdktf.out`."""

    outdir: Path
    ledger: Ledger = field(default_factory=Ledger)

    def working_folder(self, stack_path: str) -> Path:
        """The folder that Terraform runs in: cdktf's `Manifest`
        puts each stack into OUTDIR/stacks/ID.
        """
        return self.outdir / "stacks" / stack_path.rpartition("/")[2]


# jsii gives back the same Python object for the same construct, so the root can be a key.
_APPS: WeakKeyDictionary[IConstruct, AppRecord] = WeakKeyDictionary()

_TOP_LEVEL: WeakKeyDictionary[IConstruct, tuple[str, IConstruct]] = WeakKeyDictionary()


def note_top_level(stack: TerraformStack, scope: Construct, id: str) -> None:
    """Remember path and root of a stack directly under its app:
    asking node for them costs a millisecond each.
    """
    if isinstance(scope, App):
        _TOP_LEVEL[stack] = (id, scope)


def path_and_root(stack: TerraformStack, node: Node) -> tuple[str, IConstruct]:
    """The construct path of a stack and the root of its tree."""
    return _TOP_LEVEL.get(stack) or (node.path, node.root)


def app_of(root: IConstruct) -> AppRecord:
    """The record of the app of which this is the root.

    Raises ValueError for an app that writes HCL.
    """
    if root not in _APPS:
        _refuse_hcl(root)
        if isinstance(root, App):
            _close(Path(root.outdir))
        _APPS[root] = AppRecord(Path(root.outdir if isinstance(root, App) else "cdktf.out"))
    return _APPS[root]


def _close(outdir: Path) -> None:
    """Make the output folder this user's alone.

    cdktf makes it, as open as the umask allows, and in it are orders, plans and what Terraform
    runs. Somebody else's folder stays as it is.
    """
    with suppress(OSError):
        outdir.chmod(0o700)


def _refuse_hcl(root: IConstruct) -> None:
    is_asked_for = os.environ.get(environment.CDKTF_HCL) in ("true", "1")
    if is_asked_for or (isinstance(root, App) and root.hcl_output):
        # cdktf leaves overrides out of HCL, so Terraform would see no device and could release
        # none.
        raise ValueError(
            "HCL output: the boot states are written as JSON only; run `cdktf synth` without --hcl"
        )


def stack_of(scope: Construct) -> TerraformStack:
    """The stack that `scope` is in.

    Raises ValueError when it is in none, such as directly under the App.
    """
    if isinstance(scope, TerraformStack):
        return scope
    try:
        return TerraformStack.of(scope)
    except RuntimeError as error:  # what jsii makes of cdktf's noStackForConstruct
        raise ValueError(
            f"{scope.node.path or 'App'}: not inside a TerraformStack; create it with a stack as"
            " its scope"
        ) from error
