"""Object filters done slowly and obviously, on plain JSON rows: the reference that the real ones
are held against.

Written from classic-api.md 4.6 and SLDN's article object-filters.
Null passes `is null` alone, as in SQL.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]
SYMBOLS = ("!^=", "!$=", "!*=", "!~", "!=", "^=", "$=", "*=", "_=", "~", ">=", "<=", ">", "<")
FORMATS = (
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y",
    "%m/%d/%y",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
)


class Reference:
    """The selection of rows at an instant."""

    def __init__(self, now_s: float, zone: timezone) -> None:
        self.now = datetime.fromtimestamp(now_s, zone)

    def select(self, rows: Sequence[Json], tree: Json) -> list[Json]:
        """The rows that a filter leaves, in its order."""
        kept = [row for row in rows if self.keeps(row, tree)]
        for path, leaf in sorted(orders(tree), key=lambda found: rank(found[1]))[::-1]:
            kept.sort(
                key=lambda row, path=path: sort_key(first(row, path)),  # type: ignore[misc] # mypy cannot infer a lambda with a default
                reverse=direction(leaf) == "DESC",
            )
        return kept

    def keeps(self, value: Any, tree: Json) -> bool:
        """Whether an object passes all that is said about it and about what it is related to."""
        return all(
            self.keeps_one(value.get(name) if value else None, below)
            for name, below in tree.items()
        )

    def keeps_one(self, value: Any, below: Json) -> bool:
        """One property: a condition on its value, or conditions further down."""
        if "operation" in below:
            return below["operation"] == "orderBy" or self.holds(
                below, value if value != [] else None
            )
        if isinstance(value, list) and value:
            return any(self.keeps(item, below) for item in value)
        return self.keeps(value or None, below)

    def holds(self, leaf: Json, value: Any) -> bool:
        """Whether a value passes a condition."""
        operation = leaf["operation"]
        options = {option["name"]: option["value"] for option in leaf.get("options", [])}
        if operation in ("and", "or"):
            results = [self.literal(item, value) for item in options["data"]]
            return all(results) if operation == "and" else any(results)
        if operation in ("in", "not in"):
            found = any(self.literal(item, value) for item in options["data"])
            return value is not None and found == (operation == "in")
        if operation in ("isDate", "lessThanDate", "greaterThanDate", "betweenDate"):
            return self.dated(
                operation, {name: self.instant(given[0]) for name, given in options.items()}, value
            )
        return self.literal(operation, value)

    def dated(self, operation: str, given: dict[str, Any], value: Any) -> bool:
        """The operations on dates."""
        found = self.instant(value)
        if found is None:
            return False
        if operation == "betweenDate":
            return bool(given["startDate"] <= found <= given["endDate"])
        if operation == "isDate":
            return bool(
                found.astimezone(self.now.tzinfo).date()
                == given["date"].astimezone(self.now.tzinfo).date()
            )
        return bool(found < given["date"] if operation == "lessThanDate" else found > given["date"])

    def literal(self, operation: Any, value: Any) -> bool:
        """A condition without options."""
        if operation in ("is null", "not null"):
            return bool((value is None) == (operation == "is null"))
        if value is None:
            return False
        text = flag(operation) if isinstance(operation, bool) else str(operation)
        symbol = next((sign for sign in SYMBOLS if text.startswith(sign)), "")
        wanted = text[len(symbol) :].strip() if symbol else text
        if symbol.startswith("!"):
            return not self.compare(symbol[1:] if symbol != "!=" else "", wanted, value)
        return self.compare(symbol, wanted, value)

    def compare(self, symbol: str, wanted: str, value: Any) -> bool:
        """One comparison."""
        text = flag(value) if isinstance(value, bool) else str(value)
        if symbol == "":
            if isinstance(value, str):
                return text == wanted
            return bool(number({"true": "1", "false": "0"}.get(wanted.lower(), wanted)) == value)
        if symbol == "~":
            return re.search(wanted, text) is not None
        if symbol in ("_=", "^=", "$=", "*="):
            low = text.lower()
            part = wanted.lower()
            return {
                "_=": low == part,
                "^=": low.startswith(part),
                "$=": low.endswith(part),
                "*=": part in low,
            }[symbol]
        return self.ordered(symbol, wanted, value)

    def ordered(self, symbol: str, wanted: str, value: Any) -> bool:
        """A comparison of instants, of numbers or of texts."""
        left: Any
        right: Any
        if self.instant(wanted) is not None:
            left = self.instant(value)
            right = self.instant(wanted)
        elif number(wanted) is not None:
            left = number(value)
            right = number(wanted)
        else:
            left = value if isinstance(value, str) else None
            right = wanted
        if left is None:
            return False
        return bool(
            {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[symbol]
        )

    def instant(self, text: Any) -> Any:
        """The datetime of a date text or of days from now; None for anything else."""
        if not isinstance(text, str):
            return None
        relative = re.fullmatch(r"(sysdate|currentDate)( ([+-]) (\d+))?", text)
        if relative:
            days = int(f"{relative[3] or '+'}{relative[4] or 0}")
            start = (
                self.now
                if relative[1] == "sysdate"
                else self.now.replace(hour=0, minute=0, second=0, microsecond=0)
            )
            return start + timedelta(days=days)
        for form in FORMATS:
            try:
                found = datetime.strptime(text, form)
            except ValueError:
                continue
            return found if found.tzinfo else found.replace(tzinfo=self.now.tzinfo)
        return None


def flag(value: object) -> str:
    """A flag as the classic API has it."""
    return "1" if value else "0"


def number(value: Any) -> float | None:
    """A number, or None."""
    try:
        return float(value)
    except ValueError:
        return None


def orders(tree: Json, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Json]]:
    """The orderBy leaves, as they stand in the filter."""
    found = []
    for name, below in tree.items():
        if below.get("operation") == "orderBy":
            found.append(((*path, name), below))
        elif "operation" not in below:
            found.extend(orders(below, (*path, name)))
    return found


def rank(leaf: Json) -> int:
    """What sorts first has the smallest."""
    return next(
        (int(option["value"][0]) for option in leaf["options"] if option["name"] == "sortOrder"), 0
    )


def direction(leaf: Json) -> str:
    """ASC or DESC."""
    return next(str(option["value"][0]) for option in leaf["options"] if option["name"] == "sort")


def first(row: Any, path: Sequence[str]) -> Any:
    """The value at a path; of a list, the first."""
    for name in path:
        if isinstance(row, list):
            row = row[0] if row else None
        row = row.get(name) if row else None
    return row


def sort_key(value: Any) -> tuple[int, Any]:
    """Nothing, then numbers, then texts."""
    if value is None:
        return 0, 0
    return (2 if isinstance(value, str) else 1), value


WORDS = st.text(alphabet="abAB1.-", min_size=1, max_size=3)
NUMBERS = st.integers(-2, 9) | st.sampled_from([1024, 2048, 4096, 8192])
DATES = st.sampled_from(
    [
        "11/14/2023", "11/14/2023 16:13:20", "1/5/2023 0:0:0", "11/14/23",
        "2023-11-14T16:13:20-06:00", "2023-11-14T22:13:20.000001+00:00",
        "sysdate - 1", "currentDate - 1", "sysdate + 30", "currentDate",
    ]
)  # fmt: skip
NULLS = st.sampled_from(["is null", "not null"])


def option(name: str, values: list[Any]) -> Json:
    """One option."""
    return {"name": name, "value": values}


def joined(symbols: Sequence[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Literal operations, with a space behind the symbol or without."""
    return st.builds("{}{}{}".format, st.sampled_from(symbols), st.sampled_from(["", " "]), values)


def leaves(
    literals: st.SearchStrategy[Any], values: st.SearchStrategy[Any]
) -> st.SearchStrategy[Json]:
    """Conditions on a property whose literal operations and plain values are given."""
    return st.one_of(
        st.fixed_dictionaries({"operation": literals | NULLS}),
        with_data(("and", "or"), st.lists(literals, min_size=1, max_size=3)),
        with_data(("in", "not in"), st.lists(values, min_size=1, max_size=3)),
    )


def with_data(names: Sequence[str], data: st.SearchStrategy[list[Any]]) -> st.SearchStrategy[Json]:
    """Operations that take the option data."""
    return st.builds(
        lambda name, given: {"operation": name, "options": [option("data", given)]},
        st.sampled_from(names),
        data,
    )


TEXT_LEAVES = leaves(joined(SYMBOLS, WORDS) | WORDS, WORDS)
NUMBER_LEAVES = leaves(
    joined(("!=", ">", ">=", "<", "<=", "_=", "^=", "*="), NUMBERS) | NUMBERS | NUMBERS.map(str),
    NUMBERS | NUMBERS.map(str),
)
FLAG_LEAVES = leaves(
    st.sampled_from([True, False, "true", "false", 1, 0, "1", "!= 1", "!= true"]),
    st.sampled_from([1, "true"]),
)
DATE_LEAVES = st.one_of(
    st.fixed_dictionaries({"operation": joined((">", ">=", "<", "<="), DATES)}),
    st.builds(
        lambda name, date: {"operation": name, "options": [option("date", [date])]},
        st.sampled_from(["isDate", "lessThanDate", "greaterThanDate"]),
        DATES,
    ),
    st.builds(
        lambda start, end: {
            "operation": "betweenDate",
            "options": [option("startDate", [start]), option("endDate", [end])],
        },
        DATES,
        DATES,
    ),
)
ORDERS = st.builds(
    lambda way, place: {
        "operation": "orderBy",
        "options": [option("sort", [way]), option("sortOrder", [place])],
    },
    st.sampled_from(["ASC", "DESC"]),
    st.integers(0, 3),
)


def trees(properties: Json) -> st.SearchStrategy[Json]:
    """Filters on some of the properties: a strategy stands for conditions,
    a dict for what is related.
    """
    below = {
        name: (trees(found) if isinstance(found, dict) else found | ORDERS)
        for name, found in properties.items()
    }
    return st.lists(st.sampled_from(sorted(below)), unique=True, max_size=3).flatmap(
        lambda names: st.fixed_dictionaries({name: below[name] for name in names})
    )
