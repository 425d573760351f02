"""What a CI system would take for a command of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic_rescue.rim.printing import no_command


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("::error::x", ": :error::x"),
        ("web-1\n   ::add-mask::x", "web-1\n   : :add-mask::x"),
        (":::x", ": ::x"),
        ("\n\n::x\n::y", "\n\n: :x\n: :y"),
        ("web-1 ##[error]x ##[group]", "web-1 ## [error]x ## [group]"),
        ("###[x]", "### [x]"),
        ("SoftLayer_Account::getHardware at 2001:db8::1", None),
        ("# [x] ## y", None),
    ],
)
def test_a_line_is_no_command(text: str, printed: str | None) -> None:
    """What would be one gets a space; a method and an address stay as they are."""
    assert no_command(text) == (text if printed is None else printed)


@given(st.text(alphabet=":#[ \t\n\u2028ax"))
def test_no_text_is_one(text: str) -> None:
    """As GitHub's runner reads a line: two colons at its start, or `##[` anywhere; and nothing else
    is changed than by spaces.
    """
    printed = no_command(text)
    assert not any(line.lstrip().startswith("::") for line in printed.split("\n"))
    assert "##[" not in printed
    assert printed.replace(" ", "") == text.replace(" ", "")
