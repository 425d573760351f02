"""Orders as a host carries them out, from the folder that Terraform runs in."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from classic_rescue.api.client import ClassicApi
from classic_rescue.api.devices import Devices
from classic_rescue.boot.states import BootState, DeviceRef, Goal, Order
from classic_rescue.hook.exits import Exit
from classic_rescue.hook.orders import Host, carry_out
from tests.conftest import KEY, USER
from tests.hook.conftest import Bench

WEB = "virtual_guest/124929698"


def write_app(folder: Path, devices: int, stacks: int) -> str:
    """An app whose stacks declare so many devices each. Returns the folder of the first stack."""
    names = [f"fleet-{number}" for number in range(stacks)]
    first = folder / "stacks" / names[0]
    first.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"stacks": {name: {} for name in names}}))
    rows = {f"virtual_guest/{number}": "${{}}" for number in range(devices)}
    (first / "cdk.tf.json").write_text(json.dumps({"locals": {"devices": rows}}))
    return str(first)


@pytest.mark.parametrize("bench", ["alone"], indirect=True)
@pytest.mark.parametrize(
    ("devices", "stacks", "is_alone", "longest_s"),
    [(2, 1, True, 10), (100, 12, True, 30), (100, 12, False, 10), (0, 0, True, 10)],
)
def test_hooks_alone_wait_more_slowly_in_a_large_fleet(
    bench: Bench, tmp_path: Path, *, devices: int, stacks: int, is_alone: bool, longest_s: float
) -> None:
    """By the devices that are declared; those of a conductor share their looks."""
    directory = write_app(tmp_path / "out", devices, stacks) if stacks else str(tmp_path)
    order = Order("dev", DeviceRef.from_key(WEB), Goal(BootState.RESCUE))
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        bench.sleep(seconds)

    out = io.StringIO()
    host = Host(
        environ={
            "SL_USERNAME": USER,
            "SL_API_KEY": KEY,
            "CLASSIC_RESCUE_ENDPOINT": bench.mock.rest,
            "CLASSIC_RESCUE_ORDER": json.dumps(order.to_dict()),
            "CLASSIC_RESCUE_LOCKS": str(tmp_path / "locks"),
        },
        directory=directory,
        out=out,
        err=out,
        now=lambda: datetime.now(UTC),
        clock=lambda: bench.elapsed_s,
        sleep=sleep,
        connect=lambda settings, labels, sleep: Devices(ClassicApi(settings, sleep=sleep)),
        events=None,
        listen=lambda report: None,
        deafen=lambda: None,
        is_alone=is_alone,
    )
    assert carry_out(["enter"], host) is Exit.DONE, out.getvalue()
    assert max(slept) == longest_s
