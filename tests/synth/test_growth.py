"""Registering devices is Python's work alone: the talk with node does not grow with the fleet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsii._kernel.providers.process import _NodeProcess

from classic_rescue.boot.states import Order
from classic_rescue.stack import App, BootStateStack

if TYPE_CHECKING:
    MakeOrder = Callable[..., Order]

CALLS_A_STACK = 20
"""Each takes up to a millisecond, and a fleet of 5,000 devices has 50 stacks."""


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requests that go to node from now on."""
    sent: list[str] = []
    send = _NodeProcess.send

    def count(self: _NodeProcess, request: Any, response_type: Any) -> Any:
        sent.append(type(request).__name__)
        return send(self, request, response_type)

    monkeypatch.setattr(_NodeProcess, "send", count)
    return sent


def calls(sent: list[str], folder: Path, stacks: dict[str, list[Order]]) -> int:
    """How many requests the synthesis of these stacks takes."""
    sent.clear()
    app = App(outdir=str(folder))
    for name, orders in stacks.items():
        BootStateStack(app, name, orders=orders)
    app.synth()
    return len(sent)


def test_calls_do_not_grow_with_devices(
    sent: list[str], tmp_path: Path, make_order: MakeOrder
) -> None:
    """200 devices take as many requests as none."""
    orders = [make_order(f"web-{number}", number) for number in range(1, 201)]
    none = calls(sent, tmp_path, {"fleet-0": []})
    assert calls(sent, tmp_path, {"fleet-0": orders}) == none


def test_a_stack_takes_few_calls(sent: list[str], tmp_path: Path) -> None:
    """One more stack takes a small, fixed number of requests."""
    one = calls(sent, tmp_path, {"fleet-0": []})
    two = calls(sent, tmp_path, {"fleet-0": [], "fleet-1": []})
    assert two - one <= CALLS_A_STACK
