"""From devices to their testimonies: asked, compared with what is on record, and remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from classic_rescue.boot.evidence import Observation, clock_time
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.ssh import SshAccess
from classic_rescue.boot.states import BootState
from classic_rescue.boot.testimony import Heard, Testimony
from classic_rescue.witness.keys import Key
from classic_rescue.witness.prober import Heard as Answer
from classic_rescue.witness.prober import Prober, Question
from classic_rescue.witness.record import MOST_OTHERS, Device, Known, Record


class Asked(NamedTuple):
    """A device to be asked. `key` is that of the device itself, such as `virtual_guest/124929698`,
    whatever the fleet file calls it; `names` are what a file of known hosts may have it under.

    `runs_os`: the service's evidence says that it runs its operating system, so that its key may
    be recorded. `at` is the moment by the service's clock.
    """

    key: str
    name: str
    host: str
    ssh: SshAccess
    names: tuple[str, ...]
    runs_os: bool
    at: datetime

    @property
    def where(self) -> str:
        """Host and port, as people write them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.ssh.port}" if self.host else ""


def asked_of(
    name: str, ssh: SshAccess, device: str, *, facts: Facts, seen: Observation, at: datetime
) -> Asked:
    """The question to a device, from what the service tells of it. `device` is its key."""
    host = ssh.host(facts.public_ip, facts.private_ip)
    names = tuple(dict.fromkeys(filter(None, (name, facts.fqdn, facts.hostname))))
    return Asked(
        key=device, name=name, host=host, ssh=ssh, names=names, runs_os=runs_os(seen), at=at
    )


def runs_os(seen: Observation) -> bool:
    """Whether what is observed is enough to record a host key as the operating system's."""
    return seen.state is BootState.OS and not seen.unproven and not seen.in_motion


class Witness:
    """Asks many devices at once. Not for several threads at once."""

    def __init__(self, record: Record, prober: Prober) -> None:
        self.record = record
        self._prober = prober

    def close(self) -> None:
        """End the asking process."""
        self._prober.close()

    def hear(self, asked: Sequence[Asked]) -> list[Testimony]:
        """A testimony each, in their order."""
        if not asked:
            return []
        try:
            known = self.record.read()
        except (OSError, ValueError) as problem:
            text = _said(problem, self.record)
            return [_told(one, Heard.NOT_ASKED, "")._replace(detail=text) for one in asked]
        questions = [_question(one, known.get(one.key)) for one in asked if one.host]
        answers = iter(self._prober.ask(questions))
        heard = [next(answers) if one.host else None for one in asked]
        try:
            with self.record.changing() as devices:
                return _compared(asked, heard, devices)
        except (OSError, ValueError) as problem:
            why = _said(problem, self.record)
            return [told._replace(not_kept=why) for told in _compared(asked, heard, known)]


def _said(problem: OSError | ValueError, record: Record) -> str:
    if isinstance(problem, ValueError):
        return str(problem)
    return f"{record.path} cannot be used: {problem.strerror or problem}"


def _compared(
    asked: Sequence[Asked], heard: Sequence[Answer | None], devices: dict[str, Device]
) -> list[Testimony]:
    """The testimonies; `devices` are changed to what is known then."""
    new = set()
    for one, answer in zip(asked, heard, strict=True):
        if answer and answer.what == "key":
            before = devices.get(one.key, Device())
            devices[one.key] = _remembered(before, one, answer, _pins(answer))
            if devices[one.key].system.keys() - before.system.keys():
                new.add(one.key)
    shared = _shared(devices)
    return [
        _testimony(one, answer, devices.get(one.key, Device()), shared)._replace(
            is_new=one.key in new
        )
        for one, answer in zip(asked, heard, strict=True)
    ]


def _question(one: Asked, known: Device | None) -> Question:
    return Question(
        host=one.host,
        port=one.ssh.port,
        kinds=tuple(known.system_of(one.ssh.protocol)) if known else (),
        jump=one.ssh.jump,
        known_hosts=one.ssh.known_hosts,
        names=one.names,
        protocol=one.ssh.protocol,
    )


def _pins(answer: Answer) -> list[Key]:
    return [Key(kind, blob) for kind, blobs in answer.pins.items() for blob in blobs]


def _system_keys(one: Asked, device: Device, pins: Sequence[Key]) -> list[Key]:
    """The keys of the operating system: of the file of known hosts, or else those on record."""
    return list(pins) or [known.key for known in device.system_of(one.ssh.protocol).values()]


def _remembered(device: Device, one: Asked, answer: Answer, pins: Sequence[Key]) -> Device:
    """What is on record of a device once this key has answered."""
    key = Key(answer.kind, answer.blob)
    now = Known(key, one.at, one.at)
    before = device.answers
    if before and before.key == key:
        now = before._replace(last=max(before.last, one.at))
    device = device._replace(name=one.name, answers=now)
    known = device.system.get(key.kind)
    if known and known.key == key:
        seen = known._replace(last=max(known.last, one.at))
        return device._replace(system={**device.system, key.kind: seen})
    is_old = any(other.key == key for other in device.others)
    if one.runs_os and not pins and not device.system_of(key.protocol) and not is_old:
        return device._replace(system={**device.system, key.kind: Known(key, one.at, one.at)})
    if key in pins:
        return device
    earlier = {other.key: other for other in device.others}
    seen = earlier.pop(key, Known(key, one.at, one.at))
    others = (*earlier.values(), seen._replace(last=max(seen.last, one.at)))
    return device._replace(others=others[-MOST_OTHERS:])


def _shared(devices: Mapping[str, Device]) -> dict[Key, dict[str, str]]:
    """Which devices show or have shown a key while something else than their operating system ran:
    their names by their keys.
    """
    found: dict[Key, dict[str, str]] = {}
    for name, device in devices.items():
        for other in device.others:
            found.setdefault(other.key, {})[name] = device.name
    return found


def _testimony(
    one: Asked, answer: Answer | None, device: Device, shared: Mapping[Key, Mapping[str, str]]
) -> Testimony:
    pins = _pins(answer) if answer else []
    known = _known(one, device, pins)
    if answer is None:
        text = "the service tells no address to ask"
        return _told(one, Heard.NO_ADDRESS, known)._replace(where="", detail=text)
    if answer.what != "key":
        heard, detail = _unheard(one, answer)
        return _told(one, heard, known)._replace(detail=detail)
    key = Key(answer.kind, answer.blob)
    system = _system_keys(one, device, pins)
    told = _told(one, Heard.NEW_KEY, known)._replace(
        key=key.fingerprint,
        kind=key.kind,
        blob=key.blob,
        since=device.answers.first if device.answers else None,
    )
    if key in system:
        return told._replace(heard=Heard.OS_KEY)
    if not system:
        return told
    earlier = next((other for other in device.others if other.key == key), None)
    others = shared.get(key, {})
    return told._replace(
        heard=Heard.OTHER_KEY,
        came_back=bool(earlier and told.since and earlier.first < told.since),
        shared=sorted(name for where, name in others.items() if where != one.key),
    )


def _told(one: Asked, heard: Heard, known: str) -> Testimony:
    return Testimony(heard, one.at, one.where, known=known, protocol=one.ssh.protocol)


def _known(one: Asked, device: Device, pins: Sequence[Key]) -> str:
    """Where the operating system's key is from."""
    if pins:
        return f"in {one.ssh.known_hosts}"
    first = min(
        (known.first for known in device.system_of(one.ssh.protocol).values()), default=None
    )
    return f"recorded at {clock_time(first)}" if first else ""


def _unheard(one: Asked, answer: Answer) -> tuple[Heard, str]:
    """What stood in the way, in our own words: nothing that a server sends gets into them."""
    server = one.ssh.protocol.server
    key = one.ssh.protocol.key
    words: Mapping[str, tuple[Heard, str]] = {
        "refused": (Heard.REFUSED, "it refuses connections"),
        "silence": (Heard.SILENCE, "nothing answers"),
        "unreachable": (Heard.UNREACHABLE, "no way leads there from here"),
        "no_ssh": (Heard.NO_SSH, f"something accepts connections, and no {server} answers"),
        "no_rdp": (Heard.NO_RDP, f"something accepts connections, and no {server} answers"),
        "no_key": (Heard.NO_KEY, f"something answers, and shows no {key} in time"),
        "name": (Heard.UNREACHABLE, "its name cannot be looked up"),
        "jump": (Heard.NOT_ASKED, f"{one.ssh.jump}, the host to go through, cannot be used"),
        "known_hosts": (Heard.NOT_ASKED, f"{one.ssh.known_hosts}: {answer.problem}"),
    }
    found = words.get(answer.what)
    if found:
        return found
    return Heard.NOT_ASKED, answer.problem or "the process that asks has ended"
