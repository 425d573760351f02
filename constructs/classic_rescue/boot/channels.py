"""Who is told of what: the terms of a fleet file's `notify:`."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What happened, in the order of a message: the most urgent first."""

    OVERDUE = "overdue"
    FAILED = "failed"
    POLICY_SET_ASIDE = "policy_set_aside"
    REPAIR_ENDED = "repair_ended"
    DRIFT = "drift"
    DOWN = "down"
    RESCUE = "rescue"
    REPAIRED = "repaired"
    BACK = "back"


class Form(StrEnum):
    """What a webhook takes."""

    SLACK = "slack"
    TEAMS = "teams"
    MATTERMOST = "mattermost"
    JSON = "json"


class Tls(StrEnum):
    """How a mail server is spoken to. `none` is for one on this machine."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


PORTS = {Tls.STARTTLS: 587, Tls.TLS: 465, Tls.NONE: 25}
"""Those of RFC 6409, RFC 8314 and RFC 5321."""


class Webhook(NamedTuple):
    """A URL that takes a POST. `url_from` is the variable that holds it: who knows it may post."""

    form: Form
    url_from: str


class Email(NamedTuple):
    """A mail server, named by the file (`host`) or by a variable (`host_from`), and who writes to
    whom. `user_from` and `password_from` are variables; empty: no login.
    """

    host: str
    host_from: str
    port: int
    tls: Tls
    sender: str
    to: tuple[str, ...]
    user_from: str = ""
    password_from: str = ""


class Channel(NamedTuple):
    """One way to tell somebody: exactly one of `webhook`, `email` and `command`.

    `events` are the kinds that it takes. `devices` are patterns of names as in a shell, `tags`
    those of the fleet file; where either is given, a device that fits none is not told of.
    """

    name: str
    webhook: Webhook | None = None
    email: Email | None = None
    command: tuple[str, ...] = ()
    events: frozenset[Kind] = frozenset(Kind)
    devices: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of all that it takes from the environment."""
        if self.webhook:
            return (self.webhook.url_from,)
        if self.email:
            email = self.email
            return tuple(filter(None, (email.host_from, email.user_from, email.password_from)))
        return ()

    def __str__(self) -> str:
        """Say in a few words what it is, for people who compare two."""
        if self.webhook:
            way = f"{self.webhook.form} at {self.webhook.url_from}"
        elif self.email:
            email = self.email
            host = email.host or f"the host in {email.host_from}"
            way = f"mail from {email.sender} to {', '.join(email.to)} by {host}:{email.port}"
            way += f" ({email.tls})"
        else:
            way = f"the command {list(self.command)}"
        chosen = [] if self.events == frozenset(Kind) else [", ".join(sorted(self.events))]
        chosen += [f"devices {', '.join(self.devices)}"] if self.devices else []
        chosen += [f"tags {', '.join(sorted(self.tags))}"] if self.tags else []
        return "; ".join([way, *chosen])
