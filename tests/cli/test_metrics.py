"""Numbers for Prometheus: true ones, in a form that its programs read, and never half a file."""

from __future__ import annotations

import base64
import http.server
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from classic_rescue.cli.commands import metrics
from classic_rescue.cli.journal.gauges import Gauge, openmetrics, text_format
from classic_rescue.cli.terminal.report_files import write_for_others
from classic_rescue.cli.terraform.run_lock import Turn, taken
from tests.cli.conftest import FLEET, ROOT, RealMock
from tests.cli.test_drift import Record
from tests.cli.test_drift import record as record
from tests.cli.test_rollout import UNAVAILABLE, Fake
from tests.cli.test_rollout import FakeConductor as FakeConductor
from tests.cli.test_rollout import fake_apply as fake_apply

Run = Callable[..., Result]
RESCUE = "SoftLayer_Virtual_Guest/124929698/executeRescueLayer"
CONTRIB = ROOT / "contrib"
Samples = dict[tuple[str, ...], float]


def samples(text: str, read: Callable[[str], Any] = read_openmetrics) -> Samples:
    """Every number, by its name and the values of its labels."""
    return {
        (sample.name.removeprefix("classic_rescue_"), *sample.labels.values()): sample.value
        for family in read(text)
        for sample in family.samples
    }


def test_devices_are_counted_by_what_they_should_and_do_run(run: Run, mock: RealMock) -> None:
    """And those that are not as declared have a name."""
    ended = run("metrics")
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.endswith("# EOF\n")
    found = samples(ended.stdout)
    assert found["devices", "os", "rescue"] == 1
    assert found["devices", "os", "os"] == 1
    assert found["device_differs", "web-1"] == 1
    assert found["unseen_devices",] == 0
    assert not [name for name in found if name[0].startswith(("last_run", "drift", "device_down"))]


def test_a_device_that_is_down_and_over_its_time(run: Run, mock: RealMock, project: Path) -> None:
    """For how long, in seconds."""
    mock.act(RESCUE)
    until = datetime.now(UTC) - timedelta(hours=2)
    text = FLEET.replace("boot: rescue", f"boot: rescue, until: '{until.isoformat()}'")
    (project / "fleet.yaml").write_text(text)
    found = samples(run("metrics").stdout)
    assert 7200 <= found["device_overdue_seconds", "web-1"] < 7300
    assert found["device_down_seconds", "web-1"] >= 0
    assert found["devices", "rescue", "os"] == 1


def test_a_service_that_does_not_answer_is_told_as_that(run: Run, mock: RealMock) -> None:
    """No number is invented, and the exit code says it."""
    mock.control_call("POST", "faults", UNAVAILABLE)
    ended = run("metrics")
    mock.control_call("DELETE", "faults")
    assert ended.exit_code == 1
    found = samples(ended.stdout)
    assert found["unseen_devices",] == 2
    assert found["devices", "unseen", "rescue"] == 1
    assert "Service Unavailable" in ended.stderr


@pytest.mark.slow
def test_drift_is_told_where_it_is_looked_for(
    run: Run, mock: RealMock, record: Record, project: Path
) -> None:
    """Where another command has the project it is left out."""
    record(guest__124929698="rescue", guest__124929706="os")
    found = samples(run("metrics", "--drift").stdout)
    assert found["drifted_devices",] == 1
    assert found["device_drifted", "web-1"] == 1
    with taken(project / ".classic-rescue" / "deploy.lock", Turn()):
        ended = run("metrics", "--drift")
    assert ended.exit_code == 0
    assert "note: nothing is told of drift: this project is taken" in ended.stderr
    assert not [name for name in samples(ended.stdout) if "drift" in name[0]]


@pytest.mark.slow
def test_the_last_run_is_told_as_its_conductor_counted(
    run: Run, mock: RealMock, fake_apply: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its requests, and those that the service refused."""
    monkeypatch.setattr(FakeConductor, "counts", {"requests": 59, "refused": 3})
    run("deploy", "--yes")
    found = samples(run("metrics").stdout)
    assert found["last_run_requests", "deploy"] == 59
    assert found["last_run_refused_requests", "deploy"] == 3
    assert found["last_run_timestamp_seconds", "deploy"] > 0


def test_a_file_for_node_exporter_is_whole_and_readable(
    run: Run, mock: RealMock, tmp_path: Path
) -> None:
    """In the text format that its collector reads; also in the place of another file."""
    path = tmp_path / "classic-rescue.prom"
    for _ in range(2):
        ended = run("metrics", "--textfile", str(path))
        assert ended.exit_code == 0, ended.output
        assert ended.stdout == ""
    assert samples(path.read_text(), read_text)["devices", "os", "os"] == 1
    assert path.stat().st_mode & 0o777 == 0o644
    assert [one.name for one in tmp_path.glob("*.prom*")] == [path.name]


def test_a_file_that_cannot_be_written_is_an_error(
    run: Run, mock: RealMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that was there stays as it was, and nothing is left beside it."""
    path = tmp_path / "classic-rescue.prom"
    path.write_text("as it was")

    def full(*given: object, **more: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "chmod", full)
    ended = run("metrics", "--textfile", str(path))
    assert ended.exit_code == 1
    assert "No space left on device" in ended.stderr
    assert path.read_text() == "as it was"
    assert [one.name for one in tmp_path.glob(".*.new")] == []


def test_no_device_is_replaced(tmp_path: Path) -> None:
    """A pipe, as /dev/full or /dev/stdout may be, gets the text and stays what it is."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_for_others(path, "metrics")
        assert os.read(reader, 100) == b"metrics"
    finally:
        os.close(reader)
    assert path.is_fifo()


@contextmanager
def pushgateway(status: int = 200, gate: threading.Event | None = None) -> Iterator[Any]:
    """A Pushgateway, as far as it takes metrics."""
    received: list[tuple[str, str, str, str]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            login = self.headers.get("Authorization", "")
            received.append((self.command, self.path, login, body))
            if gate:
                gate.wait(60)
            self.send_response(status)
            if status == 307:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", received
    finally:
        if gate:
            gate.set()
        server.shutdown()
        server.server_close()


def test_a_pushgateway_gets_them_with_a_login_of_the_environment(
    run: Run, mock: RealMock, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the place of what it had of this fleet."""
    monkeypatch.setenv("CLASSIC_RESCUE_PUSH_USER", "ops")
    monkeypatch.setenv("CLASSIC_RESCUE_PUSH_PASSWORD", "push-password")
    with pushgateway() as (url, received):
        ended = run("metrics", "--push", url)
    assert ended.exit_code == 0, ended.output
    ((method, path, login, body),) = received
    assert (method, path) == ("PUT", f"/metrics/job/classic-rescue/fleet/{project.name}")
    assert base64.b64decode(login.removeprefix("Basic ")) == b"ops:push-password"
    assert samples(body, read_text)["devices", "os", "os"] == 1


@pytest.mark.parametrize(("status", "words"), [(500, "HTTP 500"), (307, "HTTP 307")])
def test_a_pushgateway_that_refuses_is_an_error(
    run: Run, mock: RealMock, status: int, words: str
) -> None:
    """A redirect is not followed."""
    with pushgateway(status) as (url, received):
        ended = run("metrics", "--push", url)
    assert ended.exit_code == 1
    assert words in ended.stderr
    assert len(received) == 1


def test_a_pushgateway_that_is_not_there_is_named(run: Run, mock: RealMock) -> None:
    """By host and port, and without a number that only programs know."""
    with pushgateway() as (url, _):
        pass
    ended = run("metrics", "--push", f"{url}/path-of-ours")
    assert ended.exit_code == 1
    host = url.removeprefix("http://")
    assert f"--push: the Pushgateway at {host} was not told: Connection refused" in ended.stderr


def test_a_pushgateway_that_hangs_is_left(
    run: Run, mock: RealMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some seconds."""
    monkeypatch.setattr(metrics, "LONGEST_PUSH_S", 0.3)
    with pushgateway(gate=threading.Event()) as (url, _):
        ended = run("metrics", "--push", url)
    assert ended.exit_code == 1
    assert re.search("no answer within 0.3 s|timed out", ended.stderr)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://gateway.example:9091", "travel in the clear"),
        ("https://me:pass@gateway.example", "the URL holds a login"),
        ("gateway:9091", "not a usable URL"),
        ("https://[::", "not a usable URL"),
        ("https://gateway.example/\x1b", "not a usable URL"),
    ],
)
def test_where_a_password_would_not_be_safe_nothing_is_sent(
    run: Run, mock: RealMock, monkeypatch: pytest.MonkeyPatch, url: str, words: str
) -> None:
    """And the URL's own is not shown."""
    monkeypatch.setenv("CLASSIC_RESCUE_PUSH_PASSWORD", "push-password")
    ended = run("metrics", "--push", url)
    assert ended.exit_code == 1
    assert words in ended.stderr
    assert "me:pass" not in ended.stderr


def test_no_name_breaks_the_form() -> None:
    """Whatever an app of somebody's calls its devices."""
    name = 'web"1\\\n{}\u00fc#'
    gauge = Gauge("device_differs", "One\nline.", ("device",), {(name,): 1})
    assert samples(openmetrics([gauge]))["device_differs", name] == 1
    assert samples(text_format([gauge]), read_text)["device_differs", name] == 1


def known(run: Run) -> set[str]:
    """The metrics that there are, also those without a number now."""
    text = run("metrics", "--drift").stdout
    return set(re.findall("# TYPE (classic_rescue_[a-z_]+) gauge", text))


@pytest.mark.slow
def test_what_contrib_asks_for_exists(
    run: Run, mock: RealMock, fake_apply: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each metric that the alert rules and the dashboard name."""
    monkeypatch.setattr(FakeConductor, "counts", {"requests": 1, "refused": 0})
    run("deploy", "--yes")
    there = known(run)
    rules = (CONTRIB / "prometheus" / "alerts.yml").read_text()
    board = (CONTRIB / "grafana" / "classic-rescue.json").read_text()
    for text in (rules, board):
        named = set(re.findall("classic_rescue_[a-z_]+", text))
        assert named
        assert named <= there
    page = (ROOT / "docs" / "metrics.md").read_text()
    assert there == set(re.findall("classic_rescue_[a-z_]+", page))


def test_the_alert_rules_have_the_form_of_prometheus() -> None:
    """By promtool where there is one (Debian: prometheus), and by the documented fields."""
    path = CONTRIB / "prometheus" / "alerts.yml"
    for rule in yaml.safe_load(path.read_text())["groups"][0]["rules"]:
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch("[A-Z][A-Za-z]+", rule["alert"])
        assert rule["annotations"]["summary"]
    if promtool := shutil.which("promtool"):
        subprocess.run([promtool, "check", "rules", str(path)], check=True, capture_output=True)


def test_promtool_reads_what_is_printed(run: Run, mock: RealMock, tmp_path: Path) -> None:
    """Its own linter has nothing against names, units and help; where there is one."""
    path = tmp_path / "x.prom"
    run("metrics", "--textfile", str(path))
    if promtool := shutil.which("promtool"):
        with path.open() as file:
            subprocess.run([promtool, "check", "metrics"], stdin=file, check=True)


def test_the_dashboard_has_the_form_of_grafana() -> None:
    """What an import needs (https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/
    view-dashboard-json-model/), with a data source that is asked for.
    """
    board = json.loads((CONTRIB / "grafana" / "classic-rescue.json").read_text())
    assert {"title", "uid", "schemaVersion", "panels", "templating", "time"} <= board.keys()
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(numbers)) == len(numbers)
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["targets"][0]["expr"]
