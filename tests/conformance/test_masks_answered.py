"""Every field that slcli's masks ask for is in some answer, or ABSENT says why it is in none.

The masks are taken from slcli's own requests
while its commands run on a world in which much is under way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import SoftLayer.transports

from mock_api.http.masks.syntax import read_text
from tests.conformance.conftest import Slcli, World
from tests.mock.stagehand import APP, BIG, DB, ISO_DAL, WEB, WIN, WINBM

pytestmark = pytest.mark.slow

READING = [
    "vs list", "vs list --search web", "vs list --hourly", f"vs detail {WEB} --passwords --price",
    f"vs detail {APP}", f"vs detail {WIN}", f"vs ready {WEB}", f"vs credentials {WEB}",
    f"vs storage {WEB}", f"vs monitoring {WEB}", "hardware list",
    f"hardware detail {DB} --passwords --components --price", f"hardware ready {DB}",
    f"hardware credentials {DB}", f"hardware storage {DB}", "image list", "image detail 8920132",
    "image detail 6813371", "account summary", "summary", "event-log get", "tags list --detail",
    "search web", "user list",
    "user detail 7651001 --keys --permissions --hardware --virtual --logins --events",
    f"hardware ready {WINBM}", f"hardware detail {WINBM}", f"vs detail {BIG}",
    "user permissions 7651001", "user device-access 7651001",
]  # fmt: skip
# What a world has none of: the operation, the property below which nothing is answered, and why.
ABSENT: dict[tuple[str, str], str] = {
    ("getNetworkVlans", "attachedNetworkGateway"): "no gateways",
    ("getNetworkVlans", "billingItem"): "VLANs are not billed here",
    ("getNetworkVlans", "networkVlanFirewall"): "no firewalls",
    ("getNetworkVlans", "tagReferences.tag"): "tags are on devices",
    ("getAllowedHost", "credential"): "no storage is attached, so none was authorised",
    ("getAttachedNetworkStorages", ""): "no storage is attached",
    ("getNetworkComponents", "uplinkComponent"): "no trunks to switches",
    ("getObject", "billingItem.orderItem.preset"): "no device was ordered as a preset",
    ("getObject", "blockDeviceTemplateGroup"): "no guest was made from a template",
    ("getObject", "dedicatedHost"): "no guest is on the dedicated host",
    ("getObject", "monitoringServiceComponent"): "no monitoring agent",
    ("getObject", "networkComponents.securityGroupBindings.securityGroup"): "no security groups",
    (
        "",
        "children.blockDevices.diskImage.softwareReferences.softwareDescription",
    ): "images name no software",
    ("getObject", "children.transaction"): "no template is being copied",
    ("getObject", "transaction"): "no template is being made",
}


@pytest.fixture
def busy(world: World, slcli: Slcli) -> World:
    """Rescue, reload and image boot have begun or ended, and somebody logged what they did."""
    for words in (
        f"vs edit {APP} --userdata x", f"hardware edit {WINBM} --userdata x", f"vs reload {APP}",
        f"hardware reload {WINBM}", f"hardware rescue {DB}", f"vs rescue {WEB}",
    ):  # fmt: skip
        assert slcli.run(*words.split()).code == 0, words
    slcli.run(*f"call-api Virtual_Guest mountIsoImage --id {WIN} {ISO_DAL}".split())
    world.pass_time(10)
    return world


class Asked:
    """The requests of the SDK, and what came back."""

    def __init__(self) -> None:
        self.wanted: set[str] = set()
        self.answered: set[str] = set()

    def note(self, name: str, mask: str, result: object) -> None:
        """A request and its result."""
        for node in read_text(mask).asked.values():
            for path in paths_of(node):
                self.wanted.add(f"{name} {path}")
                if any(True for _ in values(result, path.split("."))):
                    self.answered.add(f"{name} {path}")


def paths_of(node: Any, before: str = "") -> Iterator[str]:
    """The dotted paths of a mask, down to its leaves."""
    for name, asked in node.names.items():
        path = f"{before}{name}"
        yield path
        for child in asked.values():
            yield from paths_of(child, f"{path}.")


def values(result: Any, path: list[str]) -> Iterator[object]:
    """What is at a path, through lists; an empty list is an answer too."""
    if not path:
        yield result
    elif isinstance(result, list):
        for row in result:
            yield from values(row, path)
    elif isinstance(result, dict) and path[0] in result:
        yield from values(result[path[0]], path[1:])


def reason_of(missing: str) -> tuple[str, str] | None:
    """The row of ABSENT that a missing path falls under."""
    operation, _, path = missing.partition(" ")
    method = operation.partition("::")[2]
    rows = [row for row in ABSENT if row[0] in ("", method)]
    return next(
        (row for row in rows if not row[1] or path == row[1] or path.startswith(f"{row[1]}.")), None
    )


def test_what_slcli_asks_for_is_answered(
    busy: World, slcli: Slcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No field of any mask is missing from every answer without a reason;
    a reason without a case fails too.
    """
    asked = Asked()
    for transport in (SoftLayer.transports.RestTransport, SoftLayer.transports.XmlRpcTransport):
        monkeypatch.setattr(transport, "__call__", listening(transport.__call__, asked))
    for words in READING:
        done = slcli.run(*words.split())
        assert done.code == 0 or "not ready" in done.text, (words, done.text)
    reasons = {path: reason_of(path) for path in asked.wanted - asked.answered}
    assert [path for path, reason in reasons.items() if reason is None] == []
    assert set(reasons.values()) == set(ABSENT)
    assert len(asked.wanted) > 300


def listening(call: Any, asked: Asked) -> Any:
    """A transport's call that also notes masks and results."""

    def run(transport: Any, request: Any) -> Any:
        result = call(transport, request)
        if request.mask:
            asked.note(f"{request.service}::{request.method}", request.mask, result)
        return result

    return run
