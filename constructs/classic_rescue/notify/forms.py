"""A message in the form of each service: names and reasons come from elsewhere, and are no markup,
no mention and no link there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from classic_rescue.boot.channels import Email, Form
from classic_rescue.notify.events import Message

WORD_JOINER = "\u2060"
"""Has no width, and keeps what stands around it from being one word."""

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|<>~:&^$-])")


def slack(message: Message) -> Mapping[str, object]:
    """For an incoming webhook: `mrkdwn` off, and the three signs that always count written out
    (https://docs.slack.dev/messaging/formatting-message-text).
    """
    text = "\n".join([message.title, *message.lines])
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, written)
    return {
        "text": text,
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def teams(message: Message) -> Mapping[str, object]:
    """For a workflow of Teams: an Adaptive Card of RichTextBlocks, in whose runs no Markdown counts
    (https://adaptivecards.io/explorer/TextRun.html).
    """
    title = {"type": "TextRun", "text": message.title, "weight": "Bolder"}
    runs = [title, *({"type": "TextRun", "text": line} for line in message.lines)]
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "body": [{"type": "RichTextBlock", "inlines": [run]} for run in runs],
    }
    content_type = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": content_type, "content": card}]}


def mattermost(message: Message) -> Mapping[str, object]:
    """For an incoming webhook, which reads Markdown and mentions everywhere."""
    lines = [f"**{_plain(message.title)}**", *(f"- {_plain(line)}" for line in message.lines)]
    return {"text": "\n".join(lines)}


def _plain(text: str) -> str:
    """No syntax of Markdown, no mention (`@all`), no channel (`~name`) and no link by itself."""
    text = _MARKDOWN.sub(r"\\\1", text)
    return text.replace("@", f"@{WORD_JOINER}").replace("www.", f"www{WORD_JOINER}.")


FORMS: Mapping[Form, Callable[[Message], Mapping[str, object]]] = {
    Form.SLACK: slack,
    Form.TEAMS: teams,
    Form.MATTERMOST: mattermost,
    Form.JSON: Message.as_json,
}


def body_of(form: Form, message: Message) -> bytes:
    """What is posted."""
    return json.dumps(FORMS[form](message)).encode()


def mail_of(email: Email, message: Message) -> EmailMessage:
    """A plain text. A header of one line stays one: the library refuses another."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = f"classic-rescue: {message.title}"[:200]
    mail["From"] = email.sender
    mail["To"] = ", ".join(email.to)
    mail["Date"] = format_datetime(max(event.at for event in message.events))
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    mail.set_content("\n\n".join(message.lines) + "\n")
    return mail
