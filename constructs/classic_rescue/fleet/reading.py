"""Reads a YAML text into a tree.

From the parser's events, not from composed nodes: events come one at a time, so that deep nesting,
alias bombs and custom tags are refused as they appear, nothing recurses, and 5,000 devices take 0.1
s instead of 0.4 s.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml

from classic_rescue.fleet.errors import Problem
from classic_rescue.fleet.scalars import (
    UNREADABLE,
    BareBoolean,
    Scalar,
    Unreadable,
    resolve_plain,
    shorten,
)
from classic_rescue.fleet.syntax import find_cause, readable
from classic_rescue.fleet.tree import WHOLE_FILE, Again, Part, Place, Trail, Tree, say_trail

MAX_DEPTH = 20
"""A fleet file nests 4 levels deep. More than this is a mistake or an attack."""

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is 30 times as fast

_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")

_Key = str | Again | Unreadable
_Value = TypeVar("_Value")


def read_tree(text: str, source: str, start: Trail = ()) -> Tree:
    """Return the tree of one YAML document.

    Raises nothing: what is wrong stands in `Tree.problems`.
    """
    tree = Tree(source, start)
    text = readable(text)
    if found := _NOT_YAML.search(text):
        _stop(tree, *_odd_character(text, found.start()))
        return tree
    try:
        _Builder(tree).read(text)
    except _EndError as end:
        _stop(tree, end.place, end.message, end.allowed)
    except (
        yaml.YAMLError,
        ValueError,
        OverflowError,
    ) as error:  # the last two: PyYAML without libyaml, on bad escapes
        place = _place_of_error(error)
        if cause := find_cause(text, place.line, place.column):
            _stop(tree, Place(cause.line, cause.column), cause.message, cause.allowed)
        else:
            _stop(tree, place, *_words_of_error(error))
    return tree


def _stop(tree: Tree, place: Place, message: str, allowed: str) -> None:
    tree.is_whole = False
    tree.problems.append(
        Problem(
            file=tree.source,
            line=place.line,
            column=place.column,
            message=message,
            allowed=allowed,
        )
    )


def _odd_character(text: str, position: int) -> tuple[Place, str, str]:
    before = text[:position]
    breaks = list(_LINE_BREAK.finditer(before))
    column = position - (breaks[-1].end() if breaks else 0) + 1
    if position == 0 and text[position] == "\0":
        return WHOLE_FILE, "this is a binary file, not text", "a YAML text in UTF-8"
    if text[position] == "\0":
        message = f"this is a binary file, not text: a NUL (U+0000) stands in column {column}"
        return Place(len(breaks) + 1, column), message, "a YAML text in UTF-8"
    message = (
        f"character U+{ord(text[position]):04X} in column {column} is a control character,"
        " which YAML does not allow"
    )
    return Place(len(breaks) + 1, column), message, "text that can be seen; delete the character"


def _place_of_error(error: Exception) -> Place:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return Place(mark.line + 1, mark.column + 1) if mark else WHOLE_FILE


def _words_of_error(error: Exception) -> tuple[str, str]:
    context = getattr(error, "context", None)
    problem = getattr(error, "problem", None)
    what = (
        ", ".join(" ".join(part.split()) for part in (context, problem) if part)
        or "the parser gives no reason"
    )
    place = _place_of_error(error)
    column = f" in column {place.column}" if place.line else ""
    return (
        f"this is not YAML{column}: {shorten_words(what)}",
        "a mapping such as `devices: {web-1: {virtual_guest: 101, boot: os}}`",
    )


def shorten_words(text: str) -> str:
    """Cut a parser's words to what fits on a line, and keep them printable."""
    return "".join(character if character.isprintable() else "?" for character in text[:200])


class _EndError(Exception):
    """Reading cannot go on."""

    def __init__(self, place: Place, message: str, allowed: str) -> None:
        super().__init__(message)
        self.place = place
        self.message = message
        self.allowed = allowed


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is still open.

    `key` is what the next value belongs to; in a mapping None says that a key comes next. `places`
    belongs to the tree.
    """

    container: dict[str, object] | list[object]
    trail: Trail
    places: dict[Part, tuple[int, int]]
    key: _Key | None = None
    is_key: bool = False

    @property
    def wants_key(self) -> bool:
        """True when a key of a mapping comes next."""
        return self.key is None and isinstance(self.container, dict)


class _Builder:
    """Turns the parser's events into a tree."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.documents = 0
        self.frames: list[_Frame] = []
        self.steps: dict[type[yaml.Event], Callable[[Any], None]] = {
            yaml.DocumentStartEvent: self.start_document,
            yaml.ScalarEvent: self.take_scalar,
            yaml.AliasEvent: self.take_alias,
            yaml.MappingStartEvent: self.open_mapping,
            yaml.SequenceStartEvent: self.open_list,
            yaml.MappingEndEvent: self.close,
            yaml.SequenceEndEvent: self.close,
        }

    def read(self, text: str) -> None:
        """Go through the text once."""
        steps = self.steps
        loader = LOADER(text)
        try:
            while (event := loader.get_event()) is not None:  # yaml.parse asks twice for each event
                if step := steps.get(type(event)):
                    step(event)
        finally:
            loader.dispose()

    def start_document(self, event: yaml.DocumentStartEvent) -> None:
        """Refuse a second document."""
        self.documents += 1
        if self.documents > 1:
            message = f"a second YAML document begins here (`---` on line {_place(event).line})"
            raise _EndError(
                _place(event), message, "one document a file; delete the `---`, or make two files"
            )

    def take_scalar(self, event: yaml.ScalarEvent) -> None:
        """Take a word as a key or as a value."""
        value: Scalar = (
            resolve_plain(event.value) if event.implicit[0] and event.tag is None else event.value
        )
        if event.tag is not None or event.anchor is not None:
            value = self.refuse_extras(event, value)
        frame = self.frames[-1] if self.frames else None
        if frame is not None and frame.wants_key:
            self.take_key(frame, event, value)
        else:
            self.put(value, event)

    def take_key(self, frame: _Frame, event: yaml.ScalarEvent, value: Scalar) -> None:
        """Remember the key for the value that follows."""
        key: str = event.value
        if value is UNREADABLE:
            frame.key = UNREADABLE
            return
        if key == "<<" and event.implicit[0]:
            self.refuse_merge(frame, event)
            return
        if key in frame.container:
            self.refuse_again(frame, event)
            return
        frame.key = key
        mark: Any = event.start_mark  # the parser always gives one
        frame.places[key] = (mark.line + 1, mark.column + 1)
        if not isinstance(value, str):
            self.refuse_odd_key((*frame.trail, key), value)

    def refuse_merge(self, frame: _Frame, event: yaml.ScalarEvent) -> None:
        """Report `<<:`; what it would have brought in is not missed afterwards."""
        frame.key = UNREADABLE
        self.tree.incomplete.add(frame.trail)
        self.report(
            event,
            "merge keys (`<<`) are not read",
            "every key written out, or `defaults:` for common ones",
        )

    def refuse_again(self, frame: _Frame, event: yaml.ScalarEvent) -> None:
        """Report a key that is there already; its value is still looked at."""
        place = _place(event)
        key = Again(event.value, place.line)
        frame.key = key
        frame.places[key] = place
        message = f"given twice: on line {frame.places[key.name][0]} and on line {key.line}"
        problem = self.tree.problem(
            (*frame.trail, key), message, "each key once; delete one or rename it"
        )
        self.tree.problems.append(problem)

    def refuse_odd_key(self, trail: Trail, value: Scalar) -> None:
        """Report a key that YAML does not read as text, such as `no:` or `123:`."""
        sort = _sort_of(value)
        message = f"without quotes YAML reads this key as {sort}, not as text"
        self.tree.problems.append(
            self.tree.problem(trail, message, f'the key in quotes: "{say_trail(trail[-1:])}"')
        )

    def take_alias(self, event: yaml.AliasEvent) -> None:
        """Report `*name` and take nothing for it."""
        frame = self.frames[-1] if self.frames else None
        if frame is None or frame.key is not UNREADABLE:
            self.report(
                event,
                "aliases (`*name`) are not read",
                "the value written out, or `defaults:` for common ones",
            )
        if frame is not None and frame.wants_key:
            frame.key = UNREADABLE
        else:
            self.put(UNREADABLE, event)

    def open_mapping(self, event: yaml.MappingStartEvent) -> None:
        """Begin a mapping."""
        self.open({}, event)

    def open_list(self, event: yaml.SequenceStartEvent) -> None:
        """Begin a list."""
        self.open([], event)

    def open(
        self, container: dict[str, object] | list[object], event: yaml.CollectionStartEvent
    ) -> None:
        """Put a mapping or list where it belongs and go into it."""
        if len(self.frames) >= MAX_DEPTH:
            raise _EndError(
                _place(event),
                f"more than {MAX_DEPTH} levels of nesting",
                "4 levels, as in a fleet file",
            )
        value: object = container
        if event.tag is not None or event.anchor is not None:
            value = self.refuse_extras(event, container)
        top = self.frames[-1] if self.frames else None
        if top is not None and top.wants_key:
            self.report(event, "a mapping or list cannot be a key", "a key that is one word")
            self.frames.append(_Frame(container, (*top.trail, "?"), {}, is_key=True))
            return
        part = self.put(value, event)
        trail = self.tree.start if top is None or part is None else (*top.trail, part)
        self.frames.append(_Frame(container, trail, self.tree.places.setdefault(trail, {})))

    def close(self, _event: yaml.CollectionEndEvent) -> None:
        """Leave a mapping or list."""
        frame = self.frames.pop()
        if frame.is_key:
            self.frames[-1].key = UNREADABLE

    def put(self, value: object, event: yaml.NodeEvent) -> Part | None:
        """Store a value under the key or index that waits for it, and return that;
        None at the top.
        """
        if not self.frames:
            self.tree.root = value
            self.tree.top = _place(event)
            return None
        frame = self.frames[-1]
        if isinstance(frame.container, list):
            index = len(frame.container)
            frame.container.append(value)
            frame.places[index] = _place(event)
            return index
        key = frame.key
        frame.key = None
        if key is None or isinstance(key, Unreadable):
            return "?"
        if isinstance(key, Again):
            self.tree.repeated.append(((*frame.trail, key), value))
        else:
            frame.container[key] = value
        return key

    def refuse_extras(self, event: yaml.NodeEvent, value: _Value) -> _Value | Unreadable:
        """Report a tag or an anchor.

        Returns the value to go on with: nothing readable after a tag.
        """
        if event.anchor is not None:
            self.report(
                event,
                "anchors (`&name`) are not read",
                "the value without it; `defaults:` for common ones",
            )
        tag = getattr(event, "tag", None)
        if tag is None:
            return value
        self.report(
            event,
            f"tags are not read, here {shorten(ascii(tag))}",
            "plain values; a text can stand in quotes",
        )
        return UNREADABLE

    def report(self, event: yaml.NodeEvent, message: str, allowed: str) -> None:
        """Add a problem with what begins at this event."""
        place = _place(event)
        frame = self.frames[-1] if self.frames else None
        trail = self.tree.start if frame is None else frame.trail
        if frame is not None and isinstance(frame.key, str):
            trail = (*trail, frame.key)
        self.tree.problems.append(
            Problem(
                file=self.tree.source,
                line=place.line,
                column=place.column,
                field=say_trail(trail),
                message=message,
                allowed=allowed,
            )
        )


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1) if mark else WHOLE_FILE


def _sort_of(value: Scalar) -> str:
    if value is None:
        return "nothing"
    return "yes or no" if isinstance(value, BareBoolean) else "a number"
