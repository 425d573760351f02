"""The text of a world file, YAML or JSON, as plain values, and the line and column of each.

YAML is read as YAML 1.2 reads it: only true, false, null and numbers are more than text,
so that a date or `no` stays what it looks like. The values are built from the parser's events,
which can be counted: neither a file that nests a million deep nor one with aliases that multiply
can take the machine's memory.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mock_api.domain.document import parse_json
from mock_api.domain.mistakes import DocumentError, Locate, Mistake, Place, Trail

if TYPE_CHECKING:
    import yaml

Event = Any  # PyYAML's types leave out what events hold
MOST_BYTES = 64 * 1024 * 1024
MOST_VALUES = 5_000_000
DEEPEST = 50

_WORDS: dict[str, object] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TABS_ALONE = re.compile(r"(?m)^ *\t[ \t]*(?=\r?$|#)")
_TAB_FIRST = re.compile(r"[ -]*\t")
_NO_BLANK = re.compile(r"\s*(?:- +)?([A-Za-z_]+):(?=[^\s:/])")
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]{1,300}(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


@dataclass
class Text:
    """What a file holds. `twice` are the keys that an object holds already."""

    value: object
    locate: Locate
    twice: list[Mistake] = field(default_factory=list)


def read_text(data: bytes, source: str, is_yaml: bool) -> Text:
    """The values of a file's bytes. Raises DocumentError for what is no YAML or JSON at all."""
    text = _decode(data, source)
    if not text.strip():
        raise DocumentError(
            f"{source}: the file is empty; a world needs an account: see docs/mock-worlds.md."
        )
    if is_yaml:
        # YAML wants no tab there, and there it means nothing.
        text = _TABS_ALONE.sub(lambda found: found[0].replace("\t", " "), text)
        builder = _Builder(text, source)
        return Text(builder.build(), _later(text, source), builder.twice)
    # JSON is read by the quick parser, and read again with its places if there is anything to say.
    try:
        return Text(parse_json(text, source), _later(text.replace("\t", " "), source))
    except DocumentError:
        builder = _Builder(text.replace("\t", " "), source)
        value = builder.build()
        if builder.twice:
            return Text(value, _later(text.replace("\t", " "), source), builder.twice)
        raise


def _decode(data: bytes, source: str) -> str:
    if len(data) > MOST_BYTES:
        raise DocumentError(
            f"{source}: the file is larger than the {MOST_BYTES} bytes that a world may have."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = f"0x{data[error.start]:02x}"
        looks = " It looks like UTF-16." if data.startswith(_UTF_16) else ""
        raise DocumentError(
            f"{source}: this is not UTF-8 (byte {byte} at {error.start}); save it as UTF-8.{looks}"
        ) from None


def _later(text: str, source: str) -> Locate:
    """A way to find places that reads the text again at the first question."""
    places: dict[Trail, Place] = {}

    def locate(path: Trail) -> Place | None:
        if not places:
            try:
                _Builder(text, source, places).build()
            except DocumentError:
                places[()] = (1, 1)
        return next(
            (places[path[:end]] for end in range(len(path), -1, -1) if path[:end] in places), None
        )

    return locate


class _Builder:
    """Builds values from YAML events; notes the places if it is given where to."""

    def __init__(self, text: str, source: str, places: dict[Trail, Place] | None = None) -> None:
        self.source = source
        self.twice: list[Mistake] = []
        self._text = text
        self._places = places
        self._count = 0
        self._anchors: dict[str, tuple[object, int]] = {}
        self._events: Iterator[Any] = iter(())

    def build(self) -> object:
        """The value of the one document. Raises DocumentError."""
        import yaml

        self._events = yaml.parse(self._text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        try:
            next(self._events), next(self._events)  # the starts of stream and document
            value = self._value(next(self._events), ())
            next(self._events)  # the document's end
            after = next(self._events)
        except StopIteration:
            return None
        except yaml.YAMLError as error:
            raise self._not_yaml(error) from None
        if isinstance(after, yaml.DocumentStartEvent):
            raise self._refusal(after, "a second document starts here; a world is one")
        return value

    def _value(self, event: Event, path: Trail) -> object:
        import yaml

        self._note(event, path)
        if len(path) > DEEPEST:
            raise self._refusal(event, f"this is nested deeper than {DEEPEST} levels")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.tag is not None and event.tag != "!":
            raise self._refusal(event, "tags such as !!str are not used in world files")
        before = self._count
        value = self._read(event, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._count - before + 1)
        return value

    def _read(self, event: Event, path: Trail) -> object:
        import yaml

        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event.value) if event.implicit[0] else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            rows: list[object] = []
            while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
                rows.append(self._value(inner, (*path, len(rows))))
            return rows
        return self._mapping(path)

    def _mapping(self, path: Trail) -> dict[str, object]:
        import yaml

        found: dict[str, object] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._refusal(event, "a key must be a plain word")
            if event.value in found:
                self.twice.append(Mistake((*path, event.value), "this key is there twice"))
            found[event.value] = self._value(next(self._events), (*path, event.value))
            self._note(event, (*path, event.value))
        return found

    def _alias(self, event: yaml.AliasEvent) -> object:
        if event.anchor not in self._anchors:
            raise self._refusal(event, f"the alias *{event.anchor} has no anchor before it")
        value, size = self._anchors[event.anchor]
        self._count += size
        return value

    def _note(self, event: Event, path: Trail) -> None:
        """Count a value, and keep where it is; of a field, that is where its key stands."""
        self._count += 1
        if self._count > MOST_VALUES:
            raise self._refusal(
                event, f"the file has more than {MOST_VALUES} values, those of its aliases counted"
            )
        if self._places is not None:
            self._places[path] = (event.start_mark.line + 1, event.start_mark.column + 1)

    def _refusal(self, event: Event, text: str) -> DocumentError:
        mark = event.start_mark
        return DocumentError(f"{self.source}:{mark.line + 1}:{mark.column + 1}: {text}.")

    def _not_yaml(self, error: yaml.YAMLError) -> DocumentError:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        if mark and (cause := self._cause(mark.line)):
            return DocumentError(f"{self.source}:{cause}")
        return DocumentError(
            f"{self.source}{where}: this is not YAML: {problem or str(error).splitlines()[0]}."
            f"{self._control_place()}"
        )

    def _control_place(self) -> str:
        """Where the first control character stands, which the parser does not tell."""
        found = _CONTROL.search(self._text)
        if found is None:
            return ""
        before = self._text[: found.start()]
        column = found.start() - before.rfind("\n")
        return f" It stands at {before.count(chr(10)) + 1}:{column}, as in binary files or UTF-16."

    def _cause(self, line: int) -> str:
        """What the parser's words do not name, with its place; empty for all else."""
        lines = self._text.splitlines()
        here = lines[line] if line < len(lines) else ""
        if tab := _TAB_FIRST.match(here):
            return f"{line + 1}:{tab.end()}: a tab indents this line; YAML takes blanks for that."
        for number in range(line, max(-1, line - 2), -1):
            if number < len(lines) and (found := _NO_BLANK.match(lines[number])):
                place = f"{number + 1}:{found.end()}"
                return f"{place}: a blank is missing after the colon of `{found[1]}`."
        return ""


def _scalar(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
