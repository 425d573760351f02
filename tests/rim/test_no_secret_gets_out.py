"""Every way in, with every awkward value, and every way out searched for it."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from classic_rescue.api.client import Retry
from classic_rescue.cli.app import COMMANDS, app
from classic_rescue.cli.session.embedded_mock import _without_secrets
from classic_rescue.cli.terminal.hidden import hide_from_now_on
from classic_rescue.cli.terraform.terraform import Stack, Terraform
from classic_rescue.cli.terraform.working_folders import WorkingFolders
from classic_rescue.hook import __main__ as hook
from tests.conftest import ROOT
from tests.patience import PATIENCE_S
from tests.rim.conftest import Echo
from tests.unit.review import building

MARK = "S3cretMark0123"
"""What every value holds; letters and digits are written the same in every form."""

VALUES = {
    "plain": MARK,
    "a line break behind": f"{MARK}\n",
    "two lines": f"IAM token:  Bearer {MARK}\nUAA token:  Bearer {MARK}2",
    "a word before": f"Bearer {MARK}",
    "white space": f"{MARK} {MARK}",
    "a control character": f"{MARK}\x1b[31m\x07",
    "not UTF-8": f"{MARK}\udce9",
    "not Latin-1": f"{MARK}€",
    "quotes": f"'{MARK}\"`",
    "markup": f"{MARK}<&>_*[x](y)|%41%2f",
    "a URL": f"https://me:{MARK}@example.com/?key={MARK}#{MARK}",
    "a percent sign": f"%(x)s{MARK}%",
}

Way = Callable[[str, Echo, Path], dict[str, str]]
ME = {"SL_USERNAME": "me", "SL_API_KEY": "another-key-of-mine"}


def variable(name: str, **more: str) -> Way:
    """The value in a variable, whole."""
    return lambda value, _echo, _home: {**more, name: value}


def in_file(key: str, form: str = "{}", **more: str) -> Way:
    """The value in a line of ~/.softlayer."""

    def write(value: str, _: Echo, home: Path) -> dict[str, str]:
        text = f"[softlayer]\nusername = me\n{key} = {form.format(value)}\n"
        (home / ".softlayer").write_bytes(text.encode("utf-8", "surrogateescape"))
        return more

    return write


def in_url(name: str, form: str, **more: str) -> Way:
    """The value in a URL, which the form puts together."""
    return lambda value, echo, _: {**more, name: form.format(value=value, place=echo.place)}


ELSEWHERE = {"CLASSIC_RESCUE_ENDPOINT": "https://api.example.com/rest/v3.1/"}
WAYS: dict[str, Way] = {
    "the key": variable("SL_API_KEY", SL_USERNAME="me"),
    "the token": variable("IC_IAM_TOKEN"),
    "the key in the file": in_file("api_key"),
    "the token in the file": in_file("access_token"),
    "a proxy in the file": in_file("proxy", "http://me:{}@127.0.0.1:9", **ME, **ELSEWHERE),
    "a login in the proxy": in_url("https_proxy", "http://me:{value}@{place}", **ME, **ELSEWHERE),
    "a proxy of another kind": in_url(
        "HTTPS_PROXY", "socks5://me:{value}@{place}", **ME, **ELSEWHERE
    ),
    "a login in the endpoint": in_url(
        "CLASSIC_RESCUE_ENDPOINT", "https://me:{value}@{place}/rest/v3.1/", **ME
    ),
    "a key in the endpoint": in_url(
        "CLASSIC_RESCUE_ENDPOINT", "https://{place}/?key={value}", **ME
    ),
    "a login in the journal": in_url("CLASSIC_RESCUE_JOURNAL", "http://me:{value}@{place}/", **ME),
    "a key in the journal": in_url("CLASSIC_RESCUE_JOURNAL", "http://{place}/?key={value}", **ME),
    "the token of the journal": lambda value, echo, _: {
        **ME,
        "CLASSIC_RESCUE_JOURNAL": f"http://{echo.place}/",
        "CLASSIC_RESCUE_JOURNAL_TOKEN": value,
    },
    "the password of a state": variable("TF_HTTP_PASSWORD", **ME),
    "the connection of a state": in_url(
        "PG_CONN_STR", "host=db user=me password='{value}' dbname=state", **ME
    ),
    "the URL of a channel": variable("CLASSIC_RESCUE_NOTIFY_OPS", **ME),
    "the password of a Pushgateway": variable("CLASSIC_RESCUE_PUSH_PASSWORD", **ME),
    "the key of a state": variable("AWS_SECRET_ACCESS_KEY", **ME),
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project in a home of its own, where nothing waits."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    monkeypatch.setattr("classic_rescue.cli.session.observed.PATIENCE", Retry(attempts=1))
    (tmp_path / "cdktf.json").write_text("{}")
    before = {number: signal.getsignal(number) for number in hook.SIGNALS}
    yield tmp_path
    for number, handler in before.items():
        signal.signal(number, handler)


def enter(monkeypatch: pytest.MonkeyPatch, home: Path, value: str, environ: dict[str, str]) -> str:
    """Everything that a hook says or writes down; the value is in its reason, too."""
    order = {
        "name": "web-1",
        "device": "virtual_guest/1",
        "boot": "os",
        "image": None,
        "no_os_environment": None,
        "timeout_s": 1,
        "reason": f"because {value} {value!r}",
    }
    events = home / "events.jsonl"
    journal = home / "journal.jsonl"
    given = {
        "CLASSIC_RESCUE_ORDER": json.dumps(order),
        "CLASSIC_RESCUE_EVENTS": str(events),
        "CLASSIC_RESCUE_JOURNAL": str(journal),
        "CLASSIC_RESCUE_LOCKS": str(home / "locks"),
        **environ,
    }
    out = io.StringIO()
    err = io.StringIO()
    with monkeypatch.context() as patch:
        for name, text in given.items():
            patch.setenv(name, text)
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        patch.setattr(sys, "argv", ["hook", "enter", "--json"])
        code = hook._run_process()
    assert code != 0
    said = out.getvalue() + err.getvalue()
    assert "defect" not in said
    assert "Traceback" not in said
    return said + "".join(path.read_text() for path in (events, journal) if path.exists())


def check(said: str, value: str) -> None:
    """Neither the mark, nor the value in the base64 of a login."""
    assert MARK not in said
    for text in (value, value.strip(), f"me:{value}", f"me:{value.strip()}"):
        encoded = base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()
        assert encoded.rstrip("=") not in said


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("way", WAYS)
def test_no_hook_tells_a_secret(
    way: str, status: int, home: Path, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines, events and journal, whatever the value and however the service repeats it."""
    echo.status = status
    here = {"CLASSIC_RESCUE_ENDPOINT": f"http://{echo.place}/rest/v3.1/"}
    for name, value in VALUES.items():
        environ = {**here, **WAYS[way](value, echo, home)}
        is_cut = way == "a proxy in the file" and "\n" in value  # nobody can tell what it was
        said = enter(monkeypatch, home, "CHG-1" if is_cut else value, environ)
        assert MARK not in said, (name, said)
        check(said, value)


LINES = {
    "status": ["status"],
    "status --json": ["status", "--json"],
    "status as CSV": ["status", "-o", "csv"],
    "status, wide": ["status", "-o", "wide"],
    "preflight": ["preflight"],
    "preflight as CSV": ["preflight", "-o", "csv"],
    "access": ["access", "web-1"],
    "leave": ["leave", "web-1", "--yes"],
    "history": ["history"],
    "history --json": ["history", "--json"],
    "import": ["import", "virtual_guest/1"],
    "validate": ["validate"],
}


@pytest.mark.parametrize("line", LINES)
def test_no_command_tells_a_secret(
    line: str, home: Path, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Standard output and error, with each way in; the values take turns."""
    echo.status = 401 if "history" in line else 403
    here = {"CLASSIC_RESCUE_ENDPOINT": f"http://{echo.place}/rest/v3.1/"}
    values = list(VALUES.values())
    for number, (way, give) in enumerate(WAYS.items()):
        value = values[number % len(values)]
        told = {"reason": f"because {MARK}", "virtual_guest": 1, "boot": "os"}
        (home / "fleet.yaml").write_text(json.dumps({"devices": {"web-1": told}}))
        environ = {**here, **give(value, echo, home)}
        ended = CliRunner().invoke(app, LINES[line], env=environ)
        said = ended.stdout + ended.stderr
        assert "defect" not in said, (way, said)
        check(said if line != "validate" else said.replace(MARK, ""), value)
        (home / ".softlayer").unlink(missing_ok=True)


def test_an_old_journal_shows_no_secret(
    home: Path, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written down before secrets were hidden so."""
    monkeypatch.setenv("IC_IAM_TOKEN", f"{MARK}.x_y-z")
    line = enter(monkeypatch, home, "x", {"SL_USERNAME": "me"}).splitlines()[-1]
    text = json.loads(line) | {"text": f"Invalid header value b'Bearer {MARK}.x_y-z\\nB'"}
    (home / "journal.jsonl").write_text(json.dumps(text) + "\n")
    for more in ([], ["--json"]):
        ended = CliRunner().invoke(app, ["history", "--journal", "journal.jsonl", *more])
        assert ended.exit_code == 0
        assert "***" in ended.stdout
        assert MARK not in ended.stdout


@pytest.mark.parametrize("value", [MARK, f"{MARK}<&>_*'x"])
def test_a_defect_tells_no_secret(home: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Its text is in the file alone, and the secret not even there."""

    def fail(**_: object) -> None:
        raise RuntimeError(f"Invalid header value {value!r}")

    monkeypatch.setenv("SL_API_KEY", value)
    monkeypatch.setitem(COMMANDS, "validate", "classic_rescue.cli.commands.validate:command")
    monkeypatch.setattr("classic_rescue.cli.commands.validate.command.callback", fail)
    ended = CliRunner().invoke(app, ["validate"])
    assert ended.exit_code == 1
    assert "a defect of classic-rescue: RuntimeError; the details are in" in ended.stderr
    assert "Invalid" not in ended.stderr
    (details,) = home.glob("classic-rescue-defect-*.txt")
    assert "***" in details.read_text()
    assert MARK not in details.read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [["classic_rescue.hook", "enter"], ["classic_rescue.cli", "status"]]
)
def test_a_token_of_two_lines_is_said(tmp_path: Path, command: list[str]) -> None:
    """Whole processes, with what ibmcloud prints: what is wrong, and nothing of the token."""
    (tmp_path / "fleet.yaml").write_text("devices: {web-1: {virtual_guest: 1, boot: os}}\n")
    order = '{"name":"web-1","device":"virtual_guest/1","boot":"os","image":null,'
    order += '"no_os_environment":null,"timeout_s":60,"reason":null}'
    ended = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "constructs"),
            "IC_IAM_TOKEN": "IAM token:  Bearer eyJSECRET\nUAA token:  Bearer eyJSECRET2",
            "CLASSIC_RESCUE_ORDER": order,
            "CLASSIC_RESCUE_JOURNAL": str(tmp_path / "journal.jsonl"),
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert "IC_IAM_TOKEN holds a line break; give the token alone" in ended.stderr
    written = "".join(path.read_text() for path in tmp_path.glob("*.jsonl"))
    assert "eyJSECRET" not in ended.stdout + ended.stderr + written


@pytest.mark.parametrize("value", [MARK, f"{MARK}<&>_*[x](y)|%41'\"\\", f"{MARK} two words €"])
def test_no_report_tells_a_secret(home: Path, value: str) -> None:
    """Markdown, JSON, JUnit, SARIF and the table, of a run that has one in its reason."""
    (home / "fleet.yaml").write_text(
        "policy: {protected: [web-*]}\ndevices: {web-1: {virtual_guest: 1, boot: rescue}}\n"
    )
    plan = building.document(building.created(building.order()))
    (home / "plan.json").write_text(json.dumps(plan))
    reports = ("--markdown", "r.md", "--json", "r.json", "--junit", "r.xml", "--sarif", "r.sarif")
    environ = {"SL_USERNAME": "me", "SL_API_KEY": value}
    line = ["review", "plan.json", "--break-glass", f"CHG {value}", *reports]
    ended = CliRunner().invoke(app, line, env=environ)
    assert ended.exit_code == 2, ended.output
    written = [(home / name).read_text() for name in reports[1::2]]
    json.loads(written[1])
    json.loads(written[3])
    for text in (ended.stdout, ended.stderr, *written):
        is_told = MARK in text  # pytest would take minutes to show where
        assert not is_told
        assert "CHG ***" in text or text in (ended.stderr, *written[2:])


def test_no_log_of_terraform_keeps_a_secret(home: Path) -> None:
    """Programs write into their logs themselves; afterwards the secrets are taken out."""
    script = home / "terraform"
    script.write_text(f"#!{sys.executable}\nimport os\nprint('│ with', os.environ['PGPASSWORD'])\n")
    script.chmod(0o700)
    log = home / "run.log"
    log.touch(0o600)
    environ = {"PGPASSWORD": f"{MARK}!"}
    hide_from_now_on(environ.values())
    folders = WorkingFolders(home, is_rehearsal=False)
    Terraform(str(script), folders, environ).apply(
        [Stack("fleet-0", home)],
        {"fleet-0": home / "plan"},
        logs={"fleet-0": log},
        environ=environ,
        tick=lambda: None,
    )
    assert log.read_text() == "│ with ***\n"
    assert log.stat().st_mode & 0o777 == 0o600


def test_the_offline_mock_gets_no_secret() -> None:
    """It outlives the command that starts it, and needs none of them."""
    environ = {"PGPASSWORD": MARK, "CLASSIC_RESCUE_JOURNAL_TOKEN": f"{MARK}2", "PATH": "/bin"}
    assert _without_secrets(environ) == {"PATH": "/bin"}
