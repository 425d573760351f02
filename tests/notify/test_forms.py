"""A message in each form: no name and no reason is markup, a mention or a header there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from classic_rescue.boot.channels import PORTS, Email, Form, Kind, Tls
from classic_rescue.notify.events import MOST_LINES, MOST_TEXT, Message
from classic_rescue.notify.forms import body_of, mail_of
from tests.notify.conftest import AT, event

HOSTILE = "<!channel> @all <https://evil.example|click> *b* `c` ~x~ [a](https://evil.example) #1"
EMAIL = Email(
    host="mail.example.com",
    host_from="",
    port=PORTS[Tls.STARTTLS],
    tls=Tls.STARTTLS,
    sender="a@b.example",
    to=("c@d.e",),
)


def form(kind: Form, message: Message) -> dict[str, Any]:
    """What is posted, read again."""
    return dict(json.loads(body_of(kind, message)))


def test_slack_gets_plain_text() -> None:
    """No mention and no link: the three signs are written out, and no markup is read."""
    body = form(Form.SLACK, Message([event(text=HOSTILE)]))
    assert "&lt;!channel&gt;" in body["text"]
    assert "<" not in body["text"]
    assert body["mrkdwn"] is False
    assert body["parse"] == "none"


def test_mattermost_gets_no_mention_and_no_markup() -> None:
    """It reads Markdown and mentions everywhere."""
    text = form(Form.MATTERMOST, Message([event(text=HOSTILE)]))["text"]
    assert "@all" not in text
    assert "[a](" not in text
    assert r"\*b\*" in text
    assert r"\`c\`" in text


def test_teams_gets_runs_in_which_nothing_is_markdown() -> None:
    """Each line is a TextRun, which shows what it holds."""
    (attachment,) = form(Form.TEAMS, Message([event(text=HOSTILE)]))["attachments"]
    blocks = attachment["content"]["body"]
    assert {block["type"] for block in blocks} == {"RichTextBlock"}
    runs = [run for block in blocks for run in block["inlines"]]
    assert {run["type"] for run in runs} == {"TextRun"}
    assert any(HOSTILE in run["text"] for run in runs)


def test_programs_get_every_event_as_it_is() -> None:
    """JSON is not cut."""
    events = [event(name=f"web-{number}", text=HOSTILE) for number in range(500)]
    body = form(Form.JSON, Message(events))
    assert len(body["events"]) == 500
    assert body["events"][0]["text"] == HOSTILE
    assert body["schema_version"] == 1


@pytest.mark.parametrize("kind", [Form.SLACK, Form.TEAMS, Form.MATTERMOST])
def test_a_message_for_people_is_bounded(kind: Form) -> None:
    """500 devices with long reasons stay within what the services take (Teams: 28 kB)."""
    events = [event(name=f"web-{number}", text="x" * 5000) for number in range(500)]
    body = body_of(kind, Message(events))
    assert len(body) < MOST_LINES * (MOST_TEXT + 100) < 28 * 1024
    assert f"and {500 - MOST_LINES} more" in body.decode()


def test_a_mail_is_plain_text_with_one_subject() -> None:
    """What goes into a header cannot begin another one: a break is refused by the library, and no
    event holds one, since it was cleaned.
    """
    hostile = event(name="web-1 Bcc: x@evil.example", text="<b>bold</b>")
    mail = mail_of(EMAIL, Message([hostile], "(about)"))
    assert mail["Subject"] == "classic-rescue: web-1 Bcc: x@evil.example: went down"
    assert mail["Bcc"] is None
    assert mail.get_content_type() == "text/plain"
    assert "<b>bold</b>" in mail.get_content()
    assert mail["Date"].datetime == AT
    with pytest.raises(ValueError, match="linefeed"):
        mail_of(EMAIL, Message([event(name="a\nBcc: x@evil.example")]))


def test_what_is_urgent_stands_first() -> None:
    """Of many, those that failed are read."""
    events = [event(name=f"web-{number}") for number in range(MOST_LINES + 5)]
    message = Message([*events, event(Kind.FAILED, "db-1", text="failed: nobody knows")])
    assert message.lines[0] == "db-1: failed: nobody knows"
    assert message.title == f"{MOST_LINES + 6} events: 1 failed, {MOST_LINES + 5} went down"
