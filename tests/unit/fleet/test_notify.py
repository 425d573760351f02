"""`notify:` in a fleet file: one mistake, one problem, and no secret is shown."""

from __future__ import annotations

import pytest

from classic_rescue.boot.channels import Channel, Email, Form, Kind, Tls, Webhook
from tests.unit.fleet.asking import fleet_of, only_problem

URL = "https://hooks.example.com/services/T0/B0/a-secret-of-mine"
HOOK = "webhook: {form: slack, url_from: CLASSIC_RESCUE_NOTIFY_OPS}"
MAIL = "host: mail.example.com, from: a@example.com, to: [b@example.com]"


def notify(channels: str) -> str:
    """A fleet text with these channels on line 2."""
    return f"devices: {{}}\nnotify: {channels}\n"


def test_channels_are_read() -> None:
    """Each with what it may leave out."""
    text = notify(
        f"[{{name: ops, {HOOK}, events: [down, Repair-Ended], devices: ['db-*'], tags: [db]}},"
        f" {{name: mail, email: {{{MAIL}, tls: TLS}}}},"
        " {name: page, command: [./page.sh, --quiet]}]"
    )
    assert fleet_of(text).notify == (
        Channel(
            "ops",
            webhook=Webhook(Form.SLACK, "CLASSIC_RESCUE_NOTIFY_OPS"),
            events=frozenset({Kind.DOWN, Kind.REPAIR_ENDED}),
            devices=("db-*",),
            tags=frozenset({"db"}),
        ),
        Channel(
            "mail",
            email=Email(
                host="mail.example.com",
                host_from="",
                port=465,
                tls=Tls.TLS,
                sender="a@example.com",
                to=("b@example.com",),
            ),
        ),
        Channel("page", command=("./page.sh", "--quiet")),
    )
    assert fleet_of("devices: {}\n").notify == ()


MISTAKES = [
    # the channels, the field, words of the message or of what is allowed
    ("", "notify", "the channels are a list"),
    (URL, "notify", "the channels are a list"),
    (f"[{URL}]", "notify.[0]", "a channel is a mapping"),
    (f"[{{name: a, webhook: '{URL}'}}]", "notify.[0].webhook", "a URL does not go into this file"),
    (
        f"[{{name: a, webhook: {{form: slack, url: '{URL}'}}}}]",
        "notify.[0].webhook.url",
        "`url_from:` with the name of an environment variable",
    ),
    (
        f"[{{name: a, webhook: {{form: slack, url_from: '{URL}'}}}}]",
        "notify.[0].webhook.url_from",
        "a URL does not go into this file",
    ),
    (
        "[{name: a, webhook: {form: slack, url_from: hooks.example/a-secret-of-mine}}]",
        "notify.[0].webhook.url_from",
        "this names no variable",
    ),
    (
        "[{name: a, webhook: {form: slack, url_from: SL_API_KEY}}]",
        "notify.[0].webhook.url_from",
        "begins with CLASSIC_RESCUE_NOTIFY_",
    ),
    ("[{name: a, webhook: {form: slack}}]", "notify.[0].webhook.url_from", "missing"),
    (
        "[{name: a, webhook: {form: slak, url_from: CLASSIC_RESCUE_NOTIFY_A}}]",
        "notify.[0].webhook.form",
        "did you mean `slack`?",
    ),
    (f"[{{{HOOK}}}]", "notify.[0].name", "missing"),
    (f"[{{name: A b, {HOOK}}}]", "notify.[0].name", "cannot be a channel's name"),
    (f"[{{name: a, {HOOK}, evnts: [down]}}]", "notify.[0].evnts", "did you mean `events`?"),
    (f"[{{name: a, {HOOK}, events: [dwn]}}]", "notify.[0].events", "did you mean `down`?"),
    (f"[{{name: a, {HOOK}, events: []}}]", "notify.[0].events", "events are a list"),
    (f"[{{name: a, {HOOK}, events: down}}]", "notify.[0].events", "events are a list"),
    (f"[{{name: a, {HOOK}, command: [b]}}]", "notify.[0].command", "a channel is one way"),
    ("[{name: a}]", "notify.[0]", "does not say how to tell somebody"),
    (f"[{{name: a, {HOOK}}}, {{name: a, {HOOK}}}]", "notify.[1].name", "the same name as"),
    (f"[{{name: a, command: 'curl {URL}'}}]", "notify.[0].command", "a list of words"),
    (f"[{{name: a, command: [curl, '{URL}']}}]", "notify.[0].command", "a URL does not go"),
    ("[{name: a, command: []}]", "notify.[0].command", "a list of words"),
    ("[{name: a, command: [b, 5]}]", "notify.[0].command", "a number is not a word of a command"),
    (f"[{{name: a, email: {{{MAIL}, password: x}}}}]", "notify.[0].email.password", "a login does"),
    (f"[{{name: a, email: {{{MAIL}, user: x}}}}]", "notify.[0].email.user", "`user_from:` with"),
    ("[{name: a, email: mail.example.com}]", "notify.[0].email", "this must be a mapping"),
    (
        "[{name: a, email: {from: a@example.com, to: [b@example.com]}}]",
        "notify.[0].email",
        "one of host, host_from",
    ),
    (
        f"[{{name: a, email: {{{MAIL}, password_from: CLASSIC_RESCUE_NOTIFY_P}}}}]",
        "notify.[0].email.password_from",
        "a password without its user",
    ),
    (
        '[{name: a, email: {host: h, from: "a@b.c\\nBcc: d@e.f", to: [a@b.c]}}]',
        "notify.[0].email.from",
        "not an address of mail",
    ),
    (
        "[{name: a, email: {host: h, from: Ann <a@b.c>, to: [a@b.c]}}]",
        "notify.[0].email.from",
        "without a name",
    ),
    ("[{name: a, email: {host: h, from: a@b.c, to: []}}]", "notify.[0].email.to", "addresses are"),
    (
        "[{name: a, email: {host: 'smtp://h:25', from: a@b.c, to: [a@b.c]}}]",
        "notify.[0].email.host",
        "the port goes into `port`",
    ),
    (
        f"[{{name: a, email: {{{MAIL}, tls: ssl}}}}]",
        "notify.[0].email.tls",
        "starttls, tls",
    ),
]


@pytest.mark.parametrize(("channels", "field", "words"), MISTAKES, ids=[m[0] for m in MISTAKES])
def test_a_mistake_is_one_problem_without_the_secret(channels: str, field: str, words: str) -> None:
    """Where it is and what is allowed; a URL or a password that was pasted is not repeated."""
    problem = only_problem(notify(channels))
    assert (problem.line, problem.field) == (2, field)
    assert words in str(problem)
    assert "a-secret-of-mine" not in str(problem)


def test_too_many_channels_are_refused() -> None:
    """Twenty are enough for everybody."""
    channels = ", ".join(f"{{name: c{number}, {HOOK}}}" for number in range(21))
    assert "21 channels are too many" in str(only_problem(notify(f"[{channels}]")))
