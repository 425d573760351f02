"""The panel of the mock's own controls, without a browser."""

from __future__ import annotations

import pytest

from mock_api.console.fault_form import kinds
from mock_api.console.words import LANGUAGES, text
from mock_api.control.access import Access
from tests.console.desk import Front, text_of
from tests.mock.stagehand import NEWCOMER, START_S, WEB

pytestmark = pytest.mark.slow  # pages by the dozen


@pytest.fixture
def front() -> Front:
    """The console before the demo world."""
    return Front()


def test_the_panel_shows_the_clock_on_every_page(front: Front) -> None:
    """Its head tells instant and speed, and says that the real console has nothing like it."""
    front.play.steer("POST", "clock", {"speed": 60})
    page = front.enter(NEWCOMER).get()
    assert "Mock controls: 2023-11-14 22:13:20 UTC , 60 times as fast" in text_of(page)
    assert "The real console has nothing like this" in page
    assert f'data-clock-now="{START_S}" data-clock-speed="60.0"' in page


def test_who_is_not_signed_in_sees_no_panel(front: Front) -> None:
    """And cannot steer either: a part asks to sign in first."""
    visitor = front.enter()
    visitor.client.post("/console/sign-out", headers={"X-CSRF-Token": visitor.token})
    assert "mock-clock" not in visitor.get("sign-in")
    visitor.token = visitor.get("sign-in").split('name="csrf" value="')[1].split('"')[0]
    answer = visitor.client.post(
        "/console/parts/mock/clock",
        data={"pause": "1"},
        headers={"X-CSRF-Token": visitor.token, "HX-Request": "true"},
    )
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/console/sign-in")
    assert front.play.steer("GET", "clock")["state"] == "running"


def test_pause_speed_and_advance(front: Front) -> None:
    """Each button does what the control plane does,
    and the answer shows how the clock runs then.
    """
    visitor = front.enter()
    assert "paused" in text_of(visitor.post("parts/mock/clock", pause="1"))
    assert "as fast as real time" in text_of(visitor.post("parts/mock/clock", resume="1"))
    assert "600 times as fast" in text_of(visitor.post("parts/mock/clock", speed="600"))
    assert "2.5 times as fast" in text_of(visitor.post("parts/mock/clock", speed="2,5"))
    assert "standing still" in text_of(visitor.post("parts/mock/clock", speed="0"))
    assert "22:23:20" in visitor.post("parts/mock/clock", advance_s="600")


def test_run_until_everything_is_done(front: Front) -> None:
    """The clock goes to the end of what is under way."""
    front.play.guest("executeRescueLayer")
    front.enter().post("parts/mock/clock", run_until_stable="1")
    assert front.play.steer("GET", "clock")["is_stable"]
    assert front.play.boot(WEB) == "rescue"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (
            {"speed": "fast"},
            "“Speed (0 stands still)” needs a number such as 90 or 2.5; given was “fast”.",
        ),
        ({"advance_s": ""}, "“Seconds” needs a number such as 90 or 2.5; given was “”."),
        ({"advance_s": "inf"}, "“Seconds” needs a number such as 90 or 2.5; given was “inf”."),
        ({"speed": "<script>"}, "given was “<script>”"),
        ({"advance_s": "-1"}, "The mock's control plane refused: clock: advance_s:"),
        (
            {"advance_s": "1e300"},
            "The mock's control plane refused: clock: The clock shows the years 1970 to 9998",
        ),
        ({"speed": "2000000"}, "The mock's control plane refused: clock: speed:"),
    ],
)
def test_a_wrong_number_gets_one_sentence(front: Front, form: dict[str, str], said: str) -> None:
    """Ours where it is no number, the control plane's own where it cannot be;
    the clock stays as it is.
    """
    before = front.play.steer("GET", "clock")
    answer = front.enter().post("parts/mock/clock", **form)
    assert said in text_of(answer)
    assert "<script>" not in answer
    assert front.play.steer("GET", "clock") == before


def test_a_fault_rule_is_added_counted_and_deleted(front: Front) -> None:
    """The list shows what each rule counted; deleting takes the one that was meant."""
    visitor = front.enter()
    form = {
        "kind": "error",
        "status": "503",
        "text": "<b>Busy</b>",
        "operation": "*.reboot*",
        "device_id": str(WEB),
    }
    added = visitor.post("parts/mock/faults", **form, nth="1", times="2", probability="1")
    assert "&lt;b&gt;Busy" in added
    assert front.play.guest("rebootDefault") == {
        "error": "<b>Busy</b>",
        "code": "SoftLayer_Exception_Public",
    }
    shown = text_of(visitor.get("parts/mock/faults"))
    assert f"1. The API answers an error on *.reboot* device {WEB}, at most 2 times" in shown
    assert "1 calls seen, 1 struck" in shown
    visitor.post("parts/mock/faults", kind="drop", when="after", operation="*", times="")
    assert "until it is deleted" in visitor.get("parts/mock/faults")
    assert "1 fault rule" in text_of(visitor.post("parts/mock/faults/1/delete"))
    assert [rule["fault"] for rule in front.play.steer("GET", "faults")] == [
        {"kind": "drop", "when": "after"}
    ]
    assert "No faults" in visitor.post("parts/mock/faults/delete")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "error", "nth": "x"}, "“From which matching call on” needs a number"),
        (
            {"kind": "error", "operation": "Nobody.calls"},
            "refused: fault: operation: no operation is named",
        ),
        ({"kind": "delay"}, "refused: faults: fault.delay.seconds"),
        ({"kind": "nonsense"}, "refused: faults: fault"),
        ({"kind": "error", "status": "200"}, "refused: faults: fault.error.status"),
        ({"kind": "error", "nth": "0"}, "refused: faults: nth"),
    ],
)
def test_a_rule_that_cannot_be(front: Front, form: dict[str, str], said: str) -> None:
    """One sentence, and no rule."""
    assert said in text_of(front.enter().post("parts/mock/faults", **{"times": "1", **form}))
    assert front.play.steer("GET", "faults") == []


def test_a_rule_that_somebody_else_deleted(front: Front) -> None:
    """The control plane's sentence is shown, with the rules that are left."""
    answer = text_of(front.enter().post("parts/mock/faults/7/delete"))
    assert "refused: fault: there is no rule with the id 7" in answer
    assert "No faults" in answer


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_kind_of_fault_has_its_form(front: Front, kind: str) -> None:
    """In both languages, with the fields of its class; the form as it stands makes a rule."""
    for language in LANGUAGES:
        assert text(language, f"mock.kind.{kind}")
        part = front.enter(language=language).get(f"parts/mock/fault?kind={kind}")
        assert [f'name="{field.name}"' in part for field in kinds()[kind]] == [True] * len(
            kinds()[kind]
        )
    form = {
        field.name: field.choices[0] if field.choices else field.default or "1"
        for field in kinds()[kind]
    }
    front.enter().post("parts/mock/faults", kind=kind, operation="*", times="1", **form)
    assert [rule["fault"]["kind"] for rule in front.play.steer("GET", "faults")] == [kind]


def test_the_operations_of_devices_are_offered(front: Front) -> None:
    """What a rule can name, asked for only when somebody is about to write it."""
    visitor = front.enter()
    offered = visitor.get("parts/mock/operations")
    assert "SoftLayer_Virtual_Guest.executeRescueLayer" in offered
    assert "SoftLayer_Hardware_Server.bootToRescueLayer" in offered
    assert "SoftLayer_Account." not in offered
    assert "executeRescueLayer" not in visitor.get()
    assert visitor.client.get("/console/parts/mock/fault?kind=nonsense").status_code == 404


def test_reset_asks_first(front: Front) -> None:
    """The question changes nothing; the answer brings the starting world back and shows it."""
    front.play.guest("executeRescueLayer")
    visitor = front.enter()
    assert "What happened since is lost" in visitor.get("parts/mock/reset")
    assert front.play.steer("GET", "clock")["is_stable"] is False
    answer = visitor.client.post(
        "/console/parts/mock/reset", headers={"X-CSRF-Token": visitor.token}
    )
    assert answer.headers["HX-Refresh"] == "true"
    assert front.play.steer("GET", "clock")["is_stable"]
    assert "Device list" in visitor.get()


def test_where_the_control_plane_is_off_the_clock_is_left() -> None:
    """The panel says why, in the control plane's words, and nobody steers past it."""
    front = Front(access=Access("The control plane is off: <for a test>."))
    visitor = front.enter()
    page = visitor.get()
    assert "UTC" in text_of(page)
    assert '<q lang="en">The control plane is off: &lt;for a test&gt;.</q>' in page
    assert 'name="pause"' not in page
    assert 'id="mock-faults"' not in page
    visitor.post("parts/mock/clock", pause="1")
    visitor.post("parts/mock/faults", kind="drop")
    assert "is off" in visitor.post("parts/mock/reset")
    with front.play.stage.lock:
        assert front.play.stage.world.clock.speed == 1
        assert front.play.stage.world.faults == ()


def test_a_change_without_the_token_is_refused(front: Front) -> None:
    """As every change of the console."""
    visitor = front.enter()
    assert visitor.client.post("/console/parts/mock/clock", data={"pause": "1"}).status_code == 403
    assert front.play.steer("GET", "clock")["state"] == "running"


def test_the_panel_in_italian(front: Front) -> None:
    """Words and refusals of our own are Italian;
    the control plane's sentence stays English and is marked so.
    """
    visitor = front.enter(language="it")
    assert "Controlli della simulazione: 2023-11-14 22:13:20 UTC , in tempo reale" in text_of(
        visitor.get()
    )
    assert "richiede un numero" in visitor.post("parts/mock/clock", speed="x")
    assert '<q lang="en">clock: speed' in visitor.post("parts/mock/clock", speed="-1")
