"""What service, network and other people do at night: the last line is true, and nothing restarts
twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from classic_rescue.api.devices import DeviceId, Devices
from classic_rescue.boot.facts import Progress
from classic_rescue.boot.states import Kind
from classic_rescue.hook.device_files import DeviceFiles, Holder
from classic_rescue.hook.exits import Exit
from tests.hook.test_run import DB, GUEST, ISO, SERVER, VIEWER, WEB, state

if TYPE_CHECKING:
    from tests.hook.conftest import Bench

LOCKED = (
    "Cannot issue command at this time. A Remote management command has recently been issued for"
    " server db-1.example.com."
)
NOT_FOUND = "SoftLayer_Exception_ObjectNotFound"
EVENTS = "SoftLayer_Event_Log.getAllObjects"


def fault(bench: Bench, operation: str, kind: str = "error", **more: Any) -> None:
    """A fault; `nth` and `times` say which calls it strikes."""
    rule: dict[str, Any] = {"operation": operation, "fault": {"kind": kind}}
    for name in ("nth", "times"):
        if name in more:
            rule[name] = more.pop(name)
    rule["fault"] |= more
    bench.mock.control_call("faults", rule, method="POST")


def in_rescue(bench: Bench, device: str) -> None:
    """The device in rescue, by a run that is over."""
    assert bench.enter(device) is Exit.DONE, bench.text
    bench.mock.changes()


def test_the_published_text_of_the_lockout_is_waited_out(bench: Bench) -> None:
    """Recorded: softlayer-python #196. A refusal does nothing; it is asked again after a look."""
    in_rescue(bench, DB)
    fault(bench, f"{SERVER}.rebootDefault", times=2, status=500, text=LOCKED)
    assert bench.leave(DB) is Exit.DONE, bench.text
    assert bench.mock.changes() == ["rebootDefault 218027101"]
    assert bench.steps().count("lockout") >= 1


@pytest.mark.parametrize(
    ("device", "call"), [(WEB, "executeRescueLayer"), (DB, "bootToRescueLayer")]
)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, '{"error":"Internal Error","code":"SoftLayer_Exception"}'),
        (500, '{"error":"Internal Error","code":"SoftLayer_Exception_Public"}'),
        (200, '{"error":"Internal Error","code":"SoftLayer_Exception_Public"}'),
        (503, '{"message": "try again later"}'),
        (504, "<html>gateway time-out</html>"),
        (404, '{"message": "no route"}'),
        (200, "null"),
        (200, "[]"),
        (200, '"yes"'),
        (200, "{}"),
        (500, '{"error":"The portal is tired","code":"SoftLayer_Exception_Public"}'),
        (200, "false"),
    ],
)
def test_an_answer_that_is_no_refusal_for_sure_is_a_lost_answer(
    bench: Bench, device: str, call: str, status: int, body: str
) -> None:
    """The request was done: it is found by its transaction, and never sent again."""
    operation = f"{SERVER if device == DB else GUEST}.{call}"
    fault(
        bench,
        operation,
        "wrong_content_type",
        when="after",
        status=status,
        content_type="application/json",
        body=body,
    )
    assert bench.enter(device) is Exit.DONE, bench.text
    assert "unanswered" in bench.steps()
    assert state(bench, device) == "rescue"
    assert len(bench.mock.changes()) == 1


@pytest.mark.parametrize("is_log_open", [True, False])
@pytest.mark.parametrize(
    "body", ['{"error":"The portal is tired","code":"SoftLayer_Exception_Public"}', "{}"]
)
@pytest.mark.parametrize(
    ("past", "device", "boot", "call"),
    [
        ("off", WEB, "os", "powerOn"),
        ("rescue", WEB, "os", "rebootDefault"),
        ("image", WEB, "os", "unmountIsoImage"),
        ("os", WEB, "image", "mountIsoImage"),
        ("rescue", DB, "os", "rebootDefault"),
    ],
)
def test_what_was_done_is_seen_whatever_was_answered(
    bench: Bench, past: str, device: str, boot: str, call: str, *, body: str, is_log_open: bool
) -> None:
    """Each request of its own kind leaves traces of its own kind: the log's words, the power, pings
    that fail for a while, a transaction.
    """
    image = ISO if "image" in (past, boot) else None
    if past == "off":
        bench.mock.call_as_somebody_else(GUEST, 124929698, "powerOff")
    elif past != "os":
        assert bench.enter(device, past, image) is Exit.DONE, bench.text
    bench.sleep(5000)
    bench.mock.changes()
    if not is_log_open:
        fault(bench, EVENTS, times=None, status=403, code="SoftLayer_Exception_PermissionDenied")
    fault(
        bench,
        f"{SERVER if device == DB else GUEST}.{call}",
        "wrong_content_type",
        when="after",
        status=500,
        content_type="application/json",
        body=body,
    )
    assert bench.enter(device, boot, image if boot == "image" else None) is Exit.DONE, bench.text
    assert state(bench, device) == boot
    assert [row.split()[0] for row in bench.mock.changes()] == [call]


def test_a_refusal_in_unknown_words_is_looked_at_once_before_it_counts(bench: Bench) -> None:
    """It did nothing, as a look shows; then it is final."""
    text = "This device is on somebody's desk"
    fault(bench, f"{GUEST}.executeRescueLayer", text=text)
    assert bench.enter(WEB) is Exit.REFUSED
    assert f"the service refused: {text} (SoftLayer_Exception_Public, HTTP 500)" in bench.text
    assert bench.text.endswith("2 min later nothing shows that it was done")
    assert "nothing was changed" not in bench.text


@pytest.mark.parametrize(
    ("status", "text"), [(401, "Access Denied. "), (404, "Unable to find object with id of '1'.")]
)
@pytest.mark.parametrize("verb", ["enter", "leave"])
def test_what_is_under_way_is_said_whatever_ends_the_run(
    bench: Bench, verb: str, status: int, text: str
) -> None:
    """After a request was accepted, the end says which, since when, and has the code for that."""
    code = NOT_FOUND if status == 404 else "SoftLayer_Exception_Public"
    if verb == "leave":
        in_rescue(bench, WEB)
    wrong: dict[str, Any] = {"status": status, "text": text, "code": code}
    call = "rebootDefault" if verb == "leave" else "executeRescueLayer"
    before = 1 if verb == "leave" else 2
    fault(bench, bench.looks(GUEST), nth=before + 2, times=None, **wrong)
    if bench.is_shared:  # what a list does not tell is asked for singly
        fault(bench, f"{GUEST}.getObject", times=None, **wrong)
    end = bench.enter(WEB, verb=verb)
    assert (end, bench.rows[-1]["result"]) == (Exit.UNDER_WAY, "under_way"), bench.text
    assert f"{call} was accepted at 20" in bench.text
    assert "nothing was changed" not in bench.text
    assert "run again" in bench.text


def test_a_lost_answer_of_which_nobody_could_look_since_is_said_as_that(bench: Bench) -> None:
    """Not "is under way": sent, no answer, and no look since."""
    fault(bench, f"{GUEST}.executeRescueLayer", "drop", when="after")
    wrong: dict[str, Any] = {"status": 503, "text": "Internal Error"}
    fault(bench, bench.looks(GUEST), nth=2, times=None, **wrong)
    assert bench.enter(WEB, timeout_s=600) is Exit.UNDER_WAY
    assert "no answer tells whether it was accepted; nobody could look since" in bench.text


@pytest.mark.parametrize(
    ("device", "service", "call"),
    [(WEB, GUEST, "executeRescueLayer"), (DB, SERVER, "bootToRescueLayer")],
)
@pytest.mark.parametrize("fate", ["drop", "no_transaction"])
def test_what_somebody_else_did_shows_nothing_of_our_request(
    bench: Bench, device: str, service: str, call: str, fate: str
) -> None:
    """A reboot of a colleague's is no sign that the rescue which was asked for was accepted, nor
    that it has done its work.
    """
    fault(bench, f"{service}.{call}", fate, **({"when": "before"} if fate == "drop" else {}))
    sleep = bench.sleep
    done: list[float] = []

    def reboot_meanwhile(seconds: float) -> None:
        sleep(seconds)
        asked = [row["method"] for row in bench.mock.control_call("journal")]
        if call in asked and not done:
            done.append(seconds)
            number = int(device.partition("/")[2])
            bench.mock.call_as_somebody_else(service, number, "rebootDefault")

    bench.sleep = reboot_meanwhile  # type: ignore[method-assign]  # this bench alone
    ended = bench.enter(device)
    assert done
    assert ended is (Exit.UNREACHABLE if fate == "drop" else Exit.FAILED), bench.text
    assert "its work has ended" not in bench.text
    assert ("was accepted at" in bench.text) is (fate == "no_transaction")


def test_an_outage_within_the_timeout_is_waited_out(bench: Bench) -> None:
    """Minutes without an answer do not end an hour's wait; they are said."""
    fault(bench, bench.looks(GUEST), nth=4, times=12)
    assert bench.enter(WEB) is Exit.DONE, bench.text
    assert "outage" in bench.steps()
    assert any("waiting, for" in str(row["text"]) for row in bench.rows)


def test_an_outage_takes_nothing_of_the_time_to_appear(bench: Bench) -> None:
    """While the service is away it does nothing either: whatever its clock says, what it accepted
    may appear as late after that as if it had been there all the time.
    """
    bench.mock.control_call("settings", {"appears_after_s": 100.0}, method="PATCH")
    fault(bench, bench.looks(GUEST), nth=3, times=60)
    sleep = bench.sleep

    def stand_still_meanwhile(seconds: float) -> None:
        is_away = bool(bench.mock.changes()) or away
        if is_away and any(row["struck"] < 60 for row in bench.mock.control_call("faults")):
            away.append(seconds)
            bench.elapsed_s += seconds
        else:
            sleep(seconds)

    away: list[float] = []
    bench.sleep = stand_still_meanwhile  # type: ignore[method-assign]  # this bench alone
    assert bench.enter(WEB) is Exit.DONE, bench.text
    assert sum(away) > 600
    assert state(bench, WEB) == "rescue"


def test_a_slow_look_takes_nothing_of_the_time_to_appear(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that took minutes is an outage without an error."""
    bench.mock.control_call("settings", {"appears_after_s": 100.0}, method="PATCH")
    look = bench.devices_class.progress
    slow: list[float] = []

    def look_slowly(devices: Devices, device: DeviceId) -> Progress:
        if len(slow) < 3:
            slow.append(300)
            bench.elapsed_s += 300
        return look(devices, device)

    monkeypatch.setattr(bench.devices_class, "progress", look_slowly)
    assert bench.enter(WEB) is Exit.DONE, bench.text
    assert len(slow) == 3


def test_what_the_last_look_shows_counts(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that is seen only after the time in which it must appear is followed."""
    look = bench.devices_class.progress
    empty = 62

    def see_nothing(devices: Devices, device: DeviceId) -> Progress:
        nonlocal empty
        empty -= 1
        return look(devices, device) if empty < 0 else Progress(None, None)

    monkeypatch.setattr(bench.devices_class, "progress", see_nothing)
    assert bench.enter(WEB) is Exit.DONE, bench.text
    assert empty < 0
    assert bench.mock.changes() == ["executeRescueLayer 124929698"]


@pytest.mark.parametrize("is_look", [True, False])
def test_a_rate_limit_is_waiting_until_the_timeout(bench: Bench, *, is_look: bool) -> None:
    """Longer than eight tries, and said as what it is; the request goes out once."""
    operation = bench.looks(GUEST) if is_look else f"{GUEST}.executeRescueLayer"
    fault(bench, operation, "rate_limit", times=20)
    assert bench.enter(WEB) is Exit.DONE, bench.text
    assert any("waiting for the service's limit" in str(row["text"]) for row in bench.rows)
    assert bench.mock.changes() == ["executeRescueLayer 124929698"]
    fault(bench, operation, "rate_limit", times=None)
    assert bench.leave(WEB, timeout_s=300) in (Exit.UNREACHABLE, Exit.DONE)


def test_what_somebody_did_during_a_lockout_is_seen_before_anything_is_sent(bench: Bench) -> None:
    """A server that came back meanwhile is not rebooted 20 minutes later."""
    in_rescue(bench, DB)
    fault(bench, f"{SERVER}.rebootDefault", times=1, text=LOCKED)
    sleep = bench.sleep
    done: list[float] = []

    def reboot_meanwhile(seconds: float) -> None:
        if seconds > 30 and not done:
            done.append(seconds)
            bench.mock.control_call("faults", method="DELETE")
            bench.mock.call_as_somebody_else(SERVER, 218027101, "rebootDefault")
        sleep(seconds)

    bench.sleep = reboot_meanwhile  # type: ignore[method-assign]  # this bench alone
    assert bench.leave(DB) is Exit.DONE, bench.text
    assert done
    assert bench.mock.changes() == ["rebootDefault 218027101"]
    assert "by somebody else meanwhile" in bench.text
    assert state(bench, DB) == "os"


@pytest.mark.parametrize("bench", ["alone"], indirect=True)  # a list has no such answer
@pytest.mark.parametrize("device", [WEB, DB])
@pytest.mark.parametrize(
    ("times", "end", "words", "runs"),
    [
        (1, Exit.DONE, "rescue → os", "os"),
        (None, Exit.UNREACHABLE, "the account's list has", "rescue"),
    ],
)
def test_a_404_does_not_make_a_device_deleted(
    bench: Bench, device: str, times: int | None, end: Exit, words: str, runs: str
) -> None:
    """Seen again after some seconds it is there, and comes back. However often it cannot be found,
    the account lists it: then it cannot be read, and the record stays.
    """
    in_rescue(bench, device)
    service = SERVER if device == DB else GUEST
    wrong: dict[str, Any] = {"status": 404, "code": NOT_FOUND, "text": "Unable to find"}
    fault(bench, f"{service}.getObject", nth=1, times=times, **wrong)
    assert bench.leave(device) is end, bench.text
    assert words in bench.text
    bench.mock.control_call("faults", method="DELETE")
    assert state(bench, device) == runs


def test_a_404_of_something_else_is_not_the_services_own(bench: Bench) -> None:
    """A path that a proxy does not know says nothing about a device."""
    in_rescue(bench, WEB)
    fault(bench, bench.looks(GUEST), "wrong_content_type", times=None, status=404, body="no")
    assert bench.leave(WEB) is Exit.UNREACHABLE
    assert "does something else answer there" in bench.text


@pytest.mark.parametrize("device", [WEB, DB])
def test_a_restart_that_nothing_shows_is_unproven(bench: Bench, device: str) -> None:
    """Accepted and not done: its own record proves nothing. A later run asks once more."""
    in_rescue(bench, device)
    service = SERVER if device == DB else GUEST
    number = int(device.partition("/")[2])
    fault(bench, f"{service}.rebootDefault", "no_transaction")
    before = bench.elapsed_s
    assert bench.enter(device, "os") is Exit.DONE
    assert bench.rows[-1]["result"] == "unproven"
    assert "rebootDefault was accepted at 20" in bench.text
    assert "nothing shows that it was done" in bench.text
    assert bench.elapsed_s - before >= (180 if device == DB else 60)
    bench.mock.control_call("faults", method="DELETE")
    assert bench.enter(device, "os") is Exit.DONE, bench.text
    assert bench.rows[-1]["result"] == "changed"
    assert bench.mock.changes() == [f"rebootDefault {number}"] * 2
    assert state(bench, device) == "os"


@pytest.mark.parametrize("device", [WEB, DB])
def test_a_restart_that_the_device_shows_is_proven(bench: Bench, device: str) -> None:
    """Down and up again: that is evidence, and later runs on this machine know it."""
    in_rescue(bench, device)
    assert bench.leave(device) is Exit.DONE
    assert (bench.rows[-1]["result"], bench.rows[-1]["after"]) == ("changed", "os"), bench.text
    assert "was down, and up again at" in bench.text
    bench.mock.changes()
    assert bench.enter(device, "os") is Exit.DONE
    assert bench.rows[-1]["result"] == "unchanged"
    assert bench.mock.changes() == []


def test_a_restart_of_somebody_else_long_ago_is_not_asked_for_again(bench: Bench) -> None:
    """A restart of a system that runs is an outage: what nobody watched is said, not repeated."""
    in_rescue(bench, WEB)
    bench.mock.call_as_somebody_else(GUEST, 124929698, "rebootDefault")
    bench.mock.changes()
    bench.sleep(5000)
    assert bench.enter(WEB, "os") is Exit.DONE
    assert bench.rows[-1]["result"] == "unproven"
    assert "nothing was sent" in bench.text
    assert bench.mock.changes() == []
    assert bench.enter(WEB, "os", again=True) is Exit.DONE
    assert bench.mock.changes() == ["rebootDefault 124929698"]


@pytest.mark.parametrize("then_s", [0, 30, 55])
def test_somebody_elses_restart_is_watched_to_its_end_and_not_repeated(
    bench: Bench, then_s: float
) -> None:
    """Seen in part or not at all, it was most likely done: no later run repeats it."""
    in_rescue(bench, WEB)
    bench.mock.call_as_somebody_else(GUEST, 124929698, "rebootDefault")
    bench.mock.changes()
    bench.sleep(then_s)
    for _ in range(3):
        assert bench.enter(WEB, "os") is Exit.DONE, bench.text
        assert bench.rows[-1]["result"] in ("unchanged", "unproven")
    assert bench.mock.changes() == []


def test_what_a_closed_event_log_hides_is_not_as_desired(bench: Bench) -> None:
    """The user may not read the log, and the device may have left rescue since."""
    in_rescue(bench, WEB)
    denied: dict[str, Any] = {
        "status": 403,
        "code": "SoftLayer_Exception_PermissionDenied",
        "text": "no",
    }
    fault(bench, EVENTS, times=None, **denied)
    bench.mock.call_as_somebody_else(GUEST, 124929698, "rebootDefault")
    bench.sleep(500)
    bench.mock.changes()
    assert bench.enter(WEB) is Exit.DONE
    assert bench.rows[-1]["result"] == "unproven"
    assert "later restarts cannot be seen without the event log" in bench.text
    assert bench.mock.changes() == []


def test_a_sign_in_that_fails_just_then_does_not_close_the_log(bench: Bench) -> None:
    """401 is never "may not read it": the device has left rescue, and nobody says it has not."""
    in_rescue(bench, WEB)
    bench.mock.call_as_somebody_else(GUEST, 124929698, "rebootDefault")
    bench.sleep(500)
    fault(bench, EVENTS, nth=1, times=1, status=401, text="Access Denied. ")
    assert bench.enter(WEB) is Exit.REFUSED
    assert "nothing was changed" in bench.text


def test_two_runs_of_one_device_wait_for_each_other(bench: Bench) -> None:
    """One lock a device on a machine; the other says who holds it."""
    in_rescue(bench, WEB)
    files = DeviceFiles(str(bench.folder), bench.mock.rest)
    held = files.locked(
        DeviceId(Kind.VIRTUAL_GUEST, 124929698),
        Holder(4711, "2026-11-23T01:02:03Z", "web-1 back to os; a test"),
        wait=lambda holder: None,
        warn=lambda text: None,
    )
    with held:
        assert bench.leave(WEB, timeout_s=30) is Exit.BUSY
    assert "process 4711 on this machine since 2026-11-23T01:02:03Z (web-1 back to os" in bench.text
    assert bench.mock.changes() == []
    assert bench.leave(WEB) is Exit.DONE
    assert bench.mock.changes() == ["rebootDefault 124929698"]


def test_a_lock_that_cannot_be_had_is_said_and_stops_nothing(bench: Bench) -> None:
    """At night a device comes back, also with a disk that is full."""
    in_rescue(bench, WEB)
    bench.folder = bench.folder / "missing" / "folder"
    assert bench.leave(WEB) is Exit.DONE
    assert any("no lock can be had" in str(row["text"]) for row in bench.rows)


@pytest.mark.parametrize("answer", ["null", "[1,2]", '{"id": NaN}', '{"id": 1e400}', "7", "{}"])
def test_an_answer_that_is_not_understood_is_asked_for_again(bench: Bench, answer: str) -> None:
    """A poll repeats it, also right after the request was sent."""
    odd: dict[str, Any] = {"status": 200, "content_type": "application/json", "body": answer}
    fault(bench, bench.looks(GUEST), "wrong_content_type", nth=1, times=2, **odd)
    fault(bench, bench.looks(GUEST), "wrong_content_type", nth=5, times=2, **odd)
    assert bench.enter(WEB) is Exit.DONE, bench.text
    assert bench.mock.changes() == ["executeRescueLayer 124929698"]


def test_a_user_who_may_only_look_is_told_so_and_nothing_was_changed(bench: Bench) -> None:
    """A permission that is missing is a refusal for sure: no second look is needed."""
    bench.user, bench.key = VIEWER
    assert bench.enter(WEB) is Exit.REFUSED
    assert bench.text.endswith("nothing was changed")


def test_work_far_beyond_the_usual_says_what_to_do(bench: Bench) -> None:
    """A stuck transaction is a case with IBM, with what to put into it, not "run again"."""
    bench.mock.fault(f"{GUEST}.executeRescueLayer", "stuck_transaction")
    assert bench.enter(WEB, timeout_s=4000) is Exit.UNDER_WAY
    assert "is far beyond the usual" in bench.text
    assert "open a case with IBM and put in it: virtual_guest 124929698, transaction" in bench.text
    bench.sleep(4 * 3600)
    assert bench.enter(WEB, timeout_s=60) is Exit.BUSY
    assert "far beyond the usual: 5 h" in bench.text


def test_what_nobody_foresaw_still_says_what_is_under_way(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only its kind is printed, never its text; the code says that a request is at work."""

    def fail(*rest: object) -> None:
        raise RuntimeError("a text that nobody may print")

    monkeypatch.setattr("classic_rescue.api.reading.progress_from", fail)
    assert bench.enter(WEB) is Exit.UNDER_WAY
    assert "RuntimeError" in bench.text
    assert "executeRescueLayer was accepted at" in bench.text
    assert "nobody may print" not in bench.text


@pytest.mark.parametrize("is_shown", [True, False])
def test_with_a_closed_log_a_restart_of_ones_own_is_not_forgotten(
    bench: Bench, is_shown: bool
) -> None:
    """The service does not tell this user; a run on this machine knows what it sent and saw."""
    in_rescue(bench, WEB)
    fault(bench, EVENTS, times=None, status=403, code="SoftLayer_Exception_PermissionDenied")
    if not is_shown:
        for method in ("isPingable", "isBackendPingable"):
            fault(bench, f"{GUEST}.{method}", times=None, status=403)
    assert bench.leave(WEB) is Exit.DONE, bench.text
    assert bench.rows[-1]["result"] == ("changed" if is_shown else "unproven")
    for verb in ("enter", "leave"):
        assert bench.enter(WEB, "os", verb=verb) is Exit.DONE, bench.text
        assert bench.rows[-1]["result"] == ("unchanged" if is_shown else "unproven")
    assert bench.mock.changes() == ["rebootDefault 124929698"]


@pytest.mark.parametrize(("service", "device"), [(GUEST, WEB), (SERVER, DB)])
def test_a_device_that_leaves_stays_on_record_until_its_restart_was_done(
    bench: Bench, service: str, device: str
) -> None:
    """A service that answers `true` and does nothing: the device answered pings all the time. Were
    its hook to end well, Terraform would forget it, in rescue. The next run asks once more; after
    that nobody can tell more than before, and it is let go, as unproven.
    """
    assert bench.enter(device) is Exit.DONE
    bench.mock.control_call("clock", {"advance_s": 5000}, method="POST")
    bench.mock.fault(f"{service}.rebootDefault", "no_transaction")
    assert bench.leave(device) is Exit.FAILED, bench.text
    assert "rebootDefault was accepted at" in bench.text
    assert "it answered pings all the time" in bench.text
    assert "run again: it is asked for once more" in bench.text
    assert bench.leave(device, timeout_s=7200) is Exit.DONE, bench.text
    assert bench.rows[-1]["result"] == "changed"


@pytest.mark.parametrize("bench", ["alone"], indirect=True)
def test_it_is_let_go_as_unproven_where_a_second_restart_shows_nothing_either(
    bench: Bench,
) -> None:
    """Pings that a cache answers show no restart at all: not every deploy may restart it."""
    assert bench.enter(WEB) is Exit.DONE
    bench.mock.control_call("settings", {"reboot_shows_ping": False}, method="PATCH")
    bench.mock.changes()
    assert bench.leave(WEB) is Exit.FAILED, bench.text
    assert bench.leave(WEB) is Exit.DONE, bench.text
    assert bench.rows[-1]["result"] == "unproven"
    assert bench.mock.changes() == ["rebootDefault 124929698"] * 2
