"""One mistake, one problem: where it is, what was given and what is allowed."""

from __future__ import annotations

import pytest

from classic_rescue.fleet import FleetErrors
from tests.unit.fleet.asking import device, fleet_of, only_problem, problems_of

GUEST = "virtual_guest: 1, boot: os"
RESCUE = "virtual_guest: 1, boot: rescue"
LOGIN = "ssh: {login: {key: agent}}"

FIELDS = [
    # in the device's braces, the field, words of the message or of what is allowed
    (f"{GUEST}, reson: x", "reson", "did you mean `reason`?"),
    (f"{GUEST}, Timeout: 5m", "Timeout", "did you mean `timeout`?"),
    (f"{GUEST}, no-os-environment: x", "no-os-environment", "did you mean `no_os_environment`?"),
    (f"{GUEST}, qqqqqqqq: x", "qqqqqqqq", "unknown key"),
    (f"{GUEST}, api_key: x", "api_key", "SL_API_KEY"),
    ("boot: os", "", "exactly one of virtual_guest, hardware, hostname, ip"),
    ("virtual_guest: 1", "boot", "missing"),
    (f"{GUEST}, hardware: 2", "hardware", "virtual_guest and hardware"),
    (f"{GUEST}, hostname: a, ip: 1.2.3.4", "hostname", "virtual_guest and hostname and ip"),
    ("virtual_guest: 0123, boot: os", "virtual_guest", "leading zeros"),
    ("virtual_guest: 0, boot: os", "virtual_guest", "a whole number from 1"),
    ("virtual_guest: -5, boot: os", "virtual_guest", "a whole number from 1"),
    ("virtual_guest: 9007199254740992, boot: os", "virtual_guest", "a whole number from 1"),
    (f"virtual_guest: {'9' * 5000}, boot: os", "virtual_guest", "a whole number from 1"),
    ("virtual_guest: 1.5, boot: os", "virtual_guest", "a number is not a device id"),
    ("virtual_guest: true, boot: os", "virtual_guest", "reads `true` as yes or no"),
    ("virtual_guest: web, boot: os", "virtual_guest", "a text is not a device id"),
    ("virtual_guest: , boot: os", "virtual_guest", "nothing is not a device id"),
    ("virtual_guest: [1], boot: os", "virtual_guest", "a list is not a device id"),
    ("hardware: {id: 1}, boot: os", "hardware", "a mapping is not a device id"),
    ('hostname: "", boot: os', "hostname", "not a host name"),
    ("hostname: -rf, boot: os", "hostname", "not a host name"),
    ('hostname: "a b", boot: os', "hostname", "not a host name"),
    ('hostname: "a.example.com\\n", boot: os', "hostname", "not a host name"),
    ("hostname: 10.1.2.3, boot: os", "hostname", "use `ip:`"),
    ("hostname: 12, boot: os", "hostname", "in quotes"),
    ("ip: 10.1.2, boot: os", "ip", "not an IPv4 address"),
    ("ip: 10.1.2.300, boot: os", "ip", "not an IPv4 address"),
    ('ip: "::1", boot: os', "ip", "not an IPv4 address"),
    ("ip: 10.1, boot: os", "ip", "a number is not an IP address"),
    ("virtual_guest: 1, boot: no", "boot", "reads `no` as yes or no"),
    ("virtual_guest: 1, boot: off", "boot", "in quotes"),
    ("virtual_guest: 1, boot: resque", "boot", "did you mean `rescue`?"),
    ("virtual_guest: 1, boot: unknown", "boot", "os, rescue or {image: NAME-or-id}"),
    ("virtual_guest: 1, boot: image", "boot", "not which one"),
    ("virtual_guest: 1, boot: ", "boot", "nothing is not a boot state"),
    ("virtual_guest: 1, boot: [os]", "boot", "a list is not a boot state"),
    ("virtual_guest: 1, boot: {}", "boot.image", "missing"),
    ("virtual_guest: 1, boot: {image: a, extra: b}", "boot.extra", "unknown key"),
    ("virtual_guest: 1, boot: {image: }", "boot.image", "nothing is not an image"),
    ('virtual_guest: 1, boot: {image: ""}', "boot.image", "cannot be empty"),
    ('virtual_guest: 1, boot: {image: "  "}', "boot.image", "cannot be empty"),
    ('virtual_guest: 1, boot: {image: "123"}', "boot.image", "drop the quotes"),
    ("virtual_guest: 1, boot: {image: 0}", "boot.image", "not an image id"),
    ("virtual_guest: 1, boot: {image: yes}", "boot.image", "in quotes"),
    ('virtual_guest: 1, boot: {image: "${x}"}', "boot.image", "Terraform"),
    ("hardware: 1, boot: {image: a.iso}", "boot", "bare metal cannot boot an image"),
    ("hardware: 1, boot: rescue, no_os_environment: off", "no_os_environment", "LINUX, WINDOWS"),
    (
        "hardware: 1, boot: os, no_os_environment: LINUX",
        "no_os_environment",
        "only with boot: rescue",
    ),
    (
        "virtual_guest: 1, boot: rescue, no_os_environment: LINUX",
        "no_os_environment",
        "not for a virtual guest",
    ),
    (
        "hostname: a, boot: {image: b}, no_os_environment: LINUX",
        "no_os_environment",
        "only with boot: rescue",
    ),
    (f"{GUEST}, until: 2026-12-01", "until", "for this date 2026-12-01T06:00:00+01:00"),
    (f"{GUEST}, until: 2026-12-01T06:00:00", "until", "a time without its zone"),
    (f"{GUEST}, until: 2026-12-01 06:00", "until", "a time without its zone"),
    (f"{GUEST}, until: tomorrow", "until", "not a time"),
    (f"{GUEST}, until: 20261201", "until", "a number is not a time"),
    (f'{GUEST}, until: "2026-W01-1T06:00+01:00"', "until", "not a time"),
    (f"{GUEST}, until: 2026-02-30T06:00:00Z", "until", "no such time"),
    (f"{GUEST}, until: 2026-12-01T25:00:00Z", "until", "no such time"),
    (f"{GUEST}, until: 0001-01-01T00:00:00+23:59", "until", "year 1 "),
    (f"{GUEST}, until: ", "until", "nothing is not a time"),
    (f"{GUEST}, timeout: 0", "timeout", "more than 0"),
    (f"{GUEST}, timeout: 0h0m", "timeout", "more than 0"),
    (f"{GUEST}, timeout: -5", "timeout", "more than 0"),
    (f"{GUEST}, timeout: -5m", "timeout", "more than 0"),
    (f"{GUEST}, timeout: 25h", "timeout", "more than 24 hours"),
    (f"{GUEST}, timeout: 86401", "timeout", "more than 24 hours"),
    (f"{GUEST}, timeout: 1:30", "timeout", "not a duration"),
    (f"{GUEST}, timeout: 1.5h", "timeout", "not a duration"),
    (f"{GUEST}, timeout: 1.5", "timeout", "a number is not a duration"),
    (f'{GUEST}, timeout: ""', "timeout", "not a duration"),
    (f'{GUEST}, timeout: "٣s"', "timeout", "not a duration"),
    (f"{GUEST}, timeout: on", "timeout", "reads `on` as yes or no"),
    (f"{GUEST}, reason: 4711", "reason", "in quotes"),
    (f'{GUEST}, reason: ""', "reason", "cannot be empty"),
    (f'{GUEST}, reason: "\u3164"', "reason", "nothing in this text can be seen"),
    (f'{GUEST}, reason: "\u200b \u00ad"', "reason", "nothing in this text can be seen"),
    (f'{GUEST}, reason: "\u0301"', "reason", "nothing in this text can be seen"),
    (f'{GUEST}, reason: "CHG-1 \u3164"', "reason", "invisible characters are not allowed"),
    (f"{GUEST}, reason: {'x' * 501}", "reason", "501 characters"),
    (f'{GUEST}, reason: "a\\nb"', "reason", "line breaks"),
    (f'{GUEST}, reason: "a\\e[31mb"', "reason", "control"),
    (f'{GUEST}, reason: "a\\u202Eb"', "reason", "invisible"),
    (f'{GUEST}, reason: "${{file(1)}}"', "reason", "Terraform"),
    (f'{GUEST}, reason: "%{{if}}"', "reason", "Terraform"),
    (f"{GUEST}, rdp: yes", "rdp", "a mapping such as {address: private"),
    (f"{GUEST}, rdp: ", "rdp", "nothing is given here"),
    (f"{GUEST}, rdp: {{prt: 1}}", "rdp.prt", "did you mean `port`?"),
    (f"{GUEST}, rdp: {{port: 0}}", "rdp.port", "1 to 65535"),
    (f"{GUEST}, rdp: {{proof: required}}", "rdp.proof", "never required"),
    (f"{GUEST}, rdp: {{known_hosts: k}}", "rdp.known_hosts", "no place for the key"),
    (f"{RESCUE}, repair: {{script: fsck}}", "repair", "nothing says how to log in"),
    (f"{RESCUE}, {LOGIN}, repair: fsck", "repair", "a script stands below `script:`"),
    (f"{RESCUE}, {LOGIN}, repair: ", "repair", "nothing is given here"),
    (f"{RESCUE}, {LOGIN}, repair: {{}}", "repair.script", "missing"),
    (f"{RESCUE}, {LOGIN}, repair: {{script: /a.sh}}", "repair.script", "of this machine alone"),
    (f"{RESCUE}, {LOGIN}, repair: {{script: ~/a.sh}}", "repair.script", "of this machine alone"),
    (f"{RESCUE}, {LOGIN}, repair: {{script: 7}}", "repair.script", "is not a script"),
    (f"{RESCUE}, {LOGIN}, repair: {{script: no.sh}}", "repair.script", "No such file"),
    (f"{RESCUE}, {LOGIN}, repair: {{script: .}}", "repair.script", "Is a directory"),
    (f"{RESCUE}, {LOGIN}, repair: {{script: fsck, then: go}}", "repair.then", "stay, leave"),
    (f"{RESCUE}, {LOGIN}, repair: {{script: fsck, tehn: go}}", "repair.tehn", "`then`"),
    (f"{RESCUE}, {LOGIN}, repair: {{script: fsck, timeout: 0}}", "repair.timeout", "more than 0"),
    (f"{GUEST}, {LOGIN}, repair: {{script: fsck}}", "repair", "goes only with boot: rescue"),
    (f"{RESCUE}, rdp: {{}}, repair: {{script: fsck}}", "repair", "scripts run over SSH"),
    (f"{GUEST}, rdp: {{}}, ssh: {{}}", "rdp", "a device is asked one thing"),
]


@pytest.mark.parametrize(("fields", "field", "words"), FIELDS)
def test_a_wrong_field_is_one_problem_with_its_place(fields: str, field: str, words: str) -> None:
    """Each mistake in a device gives exactly one problem, with file, line,
    field and words that help.
    """
    problem = only_problem(device(fields))
    assert (problem.file, problem.line) == ("fleet.yaml", 2)
    assert problem.column > 2
    assert problem.field == ".".join(filter(None, ("devices.web-1", field)))
    assert words in str(problem)
    assert problem.allowed
    assert len(str(problem)) < 450


NAMES = [
    ('""', "cannot be empty"),
    ('" "', "cannot be a device name"),
    ('"a b"', "cannot be a device name"),
    ("-rf", "cannot be a device name"),
    ("..", "cannot be a device name"),
    ("a/b", "cannot be a device name"),
    ("$x", "cannot be a device name"),
    ("ü", "cannot be a device name"),
    ("٣", "cannot be a device name"),
    ('"a\\n"', "cannot be a device name"),
    ('"\\e[31m"', "cannot be a device name"),
    ("a" * 129, "129 characters"),
    ("no", 'the key in quotes: "no"'),
    ("On", 'the key in quotes: "On"'),
    ("123", 'the key in quotes: "123"'),
    ("1.5", 'the key in quotes: "1.5"'),
    ("null", 'the key in quotes: "null"'),
    ("~", "nothing, not as text"),
]


@pytest.mark.parametrize(("name", "words"), NAMES)
def test_a_wrong_device_name_is_refused(name: str, words: str) -> None:
    """Names go to terminals and shells: plain signs only,
    and never what YAML takes for something else.
    """
    found = [
        problem
        for problem in problems_of(f"devices:\n  {name}: {{{GUEST}}}\n")
        if words in str(problem)
    ]
    assert [problem.line for problem in found] == [2]
    assert str(found[0]).isprintable()


TOPS = [
    # the text, line, field, words
    ("", 0, "", "`devices: {}` for an empty fleet"),
    ("# only\n# comments\n", 0, "", "`devices: {}` for an empty fleet"),
    ("---\n", 0, "", "`devices: {}` for an empty fleet"),
    ("shards: 1\n", 1, "devices", "`devices: {}` for an empty fleet"),
    ("{}", 1, "devices", "missing"),
    ("- a\n", 1, "", "must be a mapping (given a list)"),
    ("hello", 1, "", "must be a mapping (given 'hello')"),
    ("no", 1, "", "must be a mapping (given no)"),
    ("devices: 5", 1, "devices", "must be a mapping (given 5)"),
    ("devices: []", 1, "devices", "must be a mapping (given a list)"),
    ("devices: {a: }", 1, "devices.a", "nothing is given here"),
    ("devices: {a: rescue}", 1, "devices.a", "must be a mapping (given 'rescue')"),
    ("devices: {}\ndefaults: 5m", 2, "defaults", "must be a mapping"),
    ("devices: {}\ndefaults: {timeout: 0}", 2, "defaults.timeout", "more than 0"),
    ("devices: {}\ndefaults: {boot: os}", 2, "defaults.boot", "reason, ssh, timeout, until"),
    ("devices: {}\ndefaults: {ssh: yes}", 2, "defaults.ssh", "a mapping such as {proof: required}"),
    ("devices: {}\ndefaults: {ssh: }", 2, "defaults.ssh", "nothing is given here"),
    ("devices: {}\ndefaults: {ssh: {prof: off}}", 2, "defaults.ssh.prof", "did you mean `proof`?"),
    ("devices: {}\ndefaults: {ssh: {user: me}}", 2, "defaults.ssh.user", "credentials do not go"),
    ("devices: {}\ndefaults: {ssh: {proof: always}}", 2, "defaults.ssh.proof", "required, welcome"),
    ("devices: {}\ndefaults: {ssh: {proof: 1}}", 2, "defaults.ssh.proof", "required, welcome"),
    ("devices: {}\ndefaults: {ssh: {port: 0}}", 2, "defaults.ssh.port", "1 to 65535"),
    ("devices: {}\ndefaults: {ssh: {port: 65536}}", 2, "defaults.ssh.port", "1 to 65535"),
    ("devices: {}\ndefaults: {ssh: {port: ssh}}", 2, "defaults.ssh.port", "1 to 65535"),
    ("devices: {}\ndefaults: {ssh: {address: a b}}", 2, "defaults.ssh.address", "no address"),
    ("devices: {}\ndefaults: {ssh: {address: a:22}}", 2, "defaults.ssh.address", "with `port:`"),
    ("devices: {}\ndefaults: {ssh: {address: me@a}}", 2, "defaults.ssh.address", "without a user"),
    ("devices: {}\ndefaults: {ssh: {address: 7}}", 2, "defaults.ssh.address", "in quotes"),
    (
        "devices: {}\ndefaults: {ssh: {known_hosts: /etc/k}}",
        2,
        "defaults.ssh.known_hosts",
        "beside",
    ),
    ("devices: {}\ndefaults: {ssh: {known_hosts: ~/k}}", 2, "defaults.ssh.known_hosts", "beside"),
    ("devices: {}\ndefaults: {ssh: {known_hosts: ''}}", 2, "defaults.ssh.known_hosts", "empty"),
    ("devices: {}\ndefaults: {ssh: {login: {}}}", 2, "defaults.ssh.login", "one way to log in"),
    ("devices: {}\ndefaults: {ssh: {login: agent}}", 2, "defaults.ssh.login", "how to log in"),
    (
        "devices: {}\ndefaults: {ssh: {login: {key: agent, password: stored}}}",
        2,
        "defaults.ssh.login",
        "one way to log in",
    ),
    (
        "devices: {}\ndefaults: {ssh: {login: {key: agent, user: a b}}}",
        2,
        "defaults.ssh.login.user",
        "no name of a user",
    ),
    (
        "devices: {}\ndefaults: {ssh: {login: {key: agent, kee: x}}}",
        2,
        "defaults.ssh.login.kee",
        "did you mean `key`?",
    ),
    ("devices: {}\ndefaults: {ssh: {jump: host}}", 2, "defaults.ssh.jump", "its user is missing"),
    ("devices: {}\ndefaults: {ssh: {jump: 'a@b,c@d'}}", 2, "defaults.ssh.jump", "one host only"),
    ("devices: {}\ndefaults: {ssh: {jump: 'a@b:99999'}}", 2, "defaults.ssh.jump", "no such port"),
    (
        "devices: {}\ndefaults: {ssh: {jump: '-oProxyCommand=x@b'}}",
        2,
        "defaults.ssh.jump",
        "USER@HOST",
    ),
    ("devices: {}\ndefaults: {rdp: {}}", 2, "defaults.rdp", "reason, ssh, timeout, until"),
    ("devices: {}\nshard: 5", 2, "shard", "did you mean `shards`?"),
    ("devices: {}\nusername: me", 2, "username", "SL_USERNAME"),
    ("devices: {}\nshards: 0", 2, "shards", "1 to 1000"),
    ("devices: {}\nshards: 1001", 2, "shards", "1 to 1000"),
    ("devices: {}\nshards: two", 2, "shards", "not a whole number"),
    ("devices: {}\nshard_size: -1", 2, "shard_size", "1 to 10000"),
    ("devices: {}\nrequests_per_second: 0", 2, "requests_per_second", "1 to 1000"),
    ("devices: {}\nrequests_per_second: 4.5", 2, "requests_per_second", "1 to 1000"),
    ("devices: {}\nrequests_per_second: 50/s", 2, "requests_per_second", "not a whole number"),
    ("devices: {}\nshards:", 2, "shards", "nothing is not a whole number"),
    ("devices: {}\nendpoint: api.softlayer.com", 2, "endpoint", "not an http or https URL"),
    ("devices: {}\nendpoint: ftp://a/rest/v3.1/", 2, "endpoint", "not an http or https URL"),
    ("devices: {}\nendpoint: https://a/xmlrpc/v3.1/", 2, "endpoint", "no /rest/v3"),
    ("devices: {}\nendpoint: http://api.softlayer.com/rest/v3.1/", 2, "endpoint", "in the clear"),
    ("devices: {}\nendpoint: http://localhost.evil.com/rest/v3.1/", 2, "endpoint", "in the clear"),
    ('devices: {}\nendpoint: "https://a/rest/v3.1/#x"', 2, "endpoint", "no `?` and no `#`"),
    ('devices: {}\nendpoint: "https://a b/rest/v3.1/"', 2, "endpoint", "no blanks"),
    ("devices: {}\nendpoint: https://[::1/rest/v3.1/", 2, "endpoint", "not a URL"),
    ("devices: {}\nendpoint: https://a:99999/rest/v3.1/", 2, "endpoint", "not a URL"),
    ('devices: {}\nendpoint: "https://${a}/rest/v3.1/"', 2, "endpoint", "${"),
    ("devices: {}\nendpoint: 5", 2, "endpoint", "a number is not a URL"),
]


@pytest.mark.parametrize(("text", "line", "field", "words"), TOPS)
def test_a_wrong_file_is_one_problem_with_its_place(
    text: str, line: int, field: str, words: str
) -> None:
    """Each mistake around the devices gives exactly one problem,
    with its line and words that help.
    """
    problem = only_problem(text)
    assert (problem.line, problem.field) == (line, field)
    assert words in str(problem)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://api.softlayer.com/rest/v3.1/",
        "https://api.service.softlayer.com/rest/v3.1",
        "https://proxy.example.com:8443/classic/rest/v3/",
        "http://localhost:5000/rest/v3.1/",
        "http://127.8.8.8/rest/v3.1/",
        "http://[::1]:5000/rest/v3.1/",
    ],
)
def test_a_safe_endpoint_is_taken(endpoint: str) -> None:
    """https anywhere, http on this machine."""
    assert fleet_of(f"devices: {{}}\nendpoint: {endpoint}").endpoint == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://me:hunter2@api.softlayer.com/rest/v3.1/",
        "https://me:hunter2@api.softlayer.com@x/rest/v3.1/",
        "https:/me:hunter2@x",
        "https://a/rest/v3.1/?apikey=hunter2",
        "https://me:hunter2@" + "a" * 3000,
        "https://me:" + "x" * 300 + "hunter2@a/rest/v3.1/",
    ],
)
def test_a_password_in_a_url_is_refused_and_not_shown(endpoint: str) -> None:
    """The problem says that credentials do not belong there, without repeating them."""
    problem = only_problem(f'devices: {{}}\nendpoint: "{endpoint}"')
    assert "hunter2" not in str(problem)
    assert "xxxx" not in str(problem)


@pytest.mark.parametrize(
    "key", ["<s3>", "<word>", "<image>", "[key]", "?", "boot.image", "backend", "devices"]
)
def test_an_unknown_key_is_named_whatever_it_is_called(key: str) -> None:
    """Words that the reader uses inside are no different from other unknown keys."""
    texts = [
        f'"{key}": 1\n{device(GUEST)}',
        device(f'{GUEST}, "{key}": 1'),
        device(f'{GUEST[:-2]}{{image: a, "{key}": 1}}'),
    ]
    texts += [
        f'devices: {{}}\nbackend: {{type: pg, "{key}": 1}}',
        f'devices: {{}}\ndefaults: {{"{key}": 1}}',
    ]
    for text in texts[1:] if key in ("backend", "devices") else texts:
        problem = only_problem(text)
        assert "unknown key" in problem.message
        assert key in problem.field


def test_an_unknown_key_s_value_is_not_shown() -> None:
    """What stands under a mistyped key may be a secret."""
    problem = only_problem(device(f"{GUEST}, pasword: hunter2"))
    assert problem.given is None
    assert "hunter2" not in str(problem)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:pw@a/xmlrpc", "'***@a/xmlrpc'"),
        ("ftp://me@a", "'***@a'"),
        ("me@a", "'me@a'"),
        ("https://a/rest?b=c#d", "'https://a/rest?***'"),
        ("https://me:pw@a/rest#d?b", "'***@a/rest?***'"),
        ("ftp://a/" + "x" * 5_000_000, "'ftp://a/" + "x" * 51 + "…"),
    ],
)
def test_what_is_shown_of_a_url_is_its_harmless_part(url: str, shown: str) -> None:
    """The reader still recognises which one is meant."""
    assert only_problem(f'devices: {{}}\nendpoint: "{url}"').given == shown


def test_two_names_for_one_device_are_named_both() -> None:
    """The second name is the problem; it tells the first and its line."""
    problem = only_problem(
        "devices:\n  a: {hostname: App.example.com, boot: os}\n"
        "  b: {hostname: app.example.com, boot: os}"
    )
    assert (problem.line, problem.field) == (3, "devices.b.hostname")
    assert "the same device as `a` on line 2" in problem.message


def test_a_shared_name_that_disturbs_terminals_is_shown_escaped() -> None:
    """No part of a problem carries what an operator's terminal would obey."""
    host = '"\\e[31m"'
    problems = problems_of(
        f"devices:\n  a: {{hostname: {host}, boot: os}}\n  b: {{hostname: {host}, boot: os}}"
    )
    shared = next(problem for problem in problems if "the same device" in problem.message)
    assert shared.given == r"'\x1b[31m'"


def test_the_same_number_as_guest_and_hardware_is_two_devices() -> None:
    """Ids of virtual servers and of bare metal are different numbers."""
    assert (
        len(
            fleet_of(
                "devices: {a: {virtual_guest: 1, boot: os}, b: {hardware: 1, boot: os}}"
            ).devices
        )
        == 2
    )


def test_a_device_given_twice_is_reported_with_both_lines_and_looked_at_twice() -> None:
    """The repeated name is a problem, and so is each mistake inside either of the two."""
    problems = problems_of(
        "devices:\n  a: {virtual_guest: 1, boot: oss}\n"
        "  a: {virtual_guest: 2, boot: rescu, reson: x}\n"
    )
    assert [(problem.line, problem.field) for problem in problems] == [
        (2, "devices.a.boot"),
        (3, "devices.a"),
        (3, "devices.a.boot"),
        (3, "devices.a.reson"),
    ]
    assert "on line 2 and on line 3" in str(problems[1])


def test_a_device_given_twice_keeps_to_the_rules_twice() -> None:
    """Rules over several fields speak about the second of the two as well, its identity too."""
    problems = problems_of(
        "devices:\n  a: {ip: 1.2.3.4, boot: os}\n  a: {boot: os}\n  a: {ip: 1.2.3.4, boot: os}\n"
    )
    assert [(problem.line, problem.field) for problem in problems] == [
        (3, "devices.a"),
        (3, "devices.a"),
        (4, "devices.a"),
        (4, "devices.a.ip"),
    ]


@pytest.mark.parametrize(
    ("text", "field", "lines"),
    [
        ("devices: {}\ndevices: {}\n", "devices", (1, 2)),
        ("shards: 1\nshards: 2\ndevices: {}\n", "shards", (1, 2)),
        (
            "devices:\n  a:\n    boot: os\n    virtual_guest: 1\n    boot: rescue\n",
            "devices.a.boot",
            (3, 5),
        ),
        ('devices: {}\n"devices": {}\n', "devices", (1, 2)),
    ],
)
def test_any_key_given_twice_is_reported_with_both_lines(
    text: str, field: str, lines: tuple[int, int]
) -> None:
    """YAML readers silently take the last one; here it is a problem on every level."""
    problem = only_problem(text)
    assert (problem.field, problem.line) == (field, lines[1])
    assert f"on line {lines[0]} and on line {lines[1]}" in problem.message


def test_all_mistakes_are_reported_at_once_and_in_the_order_of_lines() -> None:
    """A file with many mistakes is mended in one go."""
    problems = problems_of("""\
endpoint: http://api.softlayer.com/rest/v3.1/
shards: none
backend: {type: pg, password: x}
defaults: {timeout: 0}
devices:
  a: {virtual_guest: 1, boot: oss, until: 2026-12-01}
  b: {virtual_guest: 1, boot: os}
  no: {hardware: 2, boot: {image: x}}
  c: {boot: *alias, timeout: 99h}
  d: !!str 5
""")
    assert [(problem.line, problem.field) for problem in problems] == [
        (1, "endpoint"),
        (2, "shards"),
        (3, "backend.password"),
        (4, "defaults.timeout"),
        (6, "devices.a.boot"),
        (6, "devices.a.until"),
        (7, "devices.b.virtual_guest"),
        (8, "devices.no"),
        (8, "devices.no.boot"),
        (9, "devices.c"),
        (9, "devices.c.boot"),
        (9, "devices.c.timeout"),
        (10, "devices.d"),
    ]


def test_more_devices_than_the_stacks_are_made_for_is_a_problem_with_the_number_to_set() -> None:
    """The message holds both numbers and the number of shards that is enough,
    and no more than enough.
    """
    text = "devices:\n" + "".join(
        f"  d{i}: {{virtual_guest: {i}, boot: os}}\n" for i in range(1, 432)
    )
    problem = only_problem(text)
    assert problem.field == "shards"
    assert "431 devices do not fit into 1 shard of 100: set `shards: 5`" in problem.message
    assert "not rebooted" in problem.message
    assert only_problem("shards: 4\n" + text).line == 1
    with pytest.raises(FleetErrors, match="set `shards: 1000` and `shard_size: 2`"):
        fleet_of(
            "shard_size: 1\ndevices:\n"
            + "".join(f"  d{i}: {{virtual_guest: {i}, boot: os}}\n" for i in range(1, 1002))
        )


def test_a_fleet_of_exactly_the_size_fits() -> None:
    """shards x shard_size devices are the most that is allowed."""
    text = "shards: 2\nshard_size: 3\ndevices:\n" + "".join(
        f"  d{i}: {{ip: 10.0.0.{i}, boot: os}}\n" for i in range(6)
    )
    assert len(fleet_of(text).devices) == 6
    assert "7 devices do not fit into 2 shards of 3: set `shards: 3`" in str(
        only_problem(text + "  d6: {ip: 10.0.0.6, boot: os}\n")
    )


def test_a_problem_reads_as_one_line() -> None:
    """File, line, field, message, what was given and what is allowed, in this order."""
    assert str(only_problem(device("virtual_guest: 0, boot: os"))) == (
        "fleet.yaml:2: devices.web-1.virtual_guest: this is not a device id (given 0); "
        "allowed: a whole number from 1 to 9007199254740991, without quotes"
    )
    assert (
        str(only_problem(""))
        == "fleet.yaml: the file holds nothing; allowed: `devices: {}` for an empty fleet"
    )
