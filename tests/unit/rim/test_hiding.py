"""No form of a secret gets through, and no other text is lost."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic_rescue.review.escaping import code, prose
from classic_rescue.rim.hiding import HIDDEN, forms_of, hide, hide_in_file, secrets_of

SECRETS = [
    "a-key-of-mine",
    "eyJhbGciOi.J9_x-_.x_",
    "p@ss w0rd/100%+&<>\"'\\`*",
    "schlüssel-ß-€-😀",
    "bytes\udce9in-it",
    "tab\tand\x1bescape",
]

WRITTEN: dict[str, Callable[[str], str]] = {
    "itself": str,
    "repr": repr,
    "repr of bytes": lambda text: repr(text.encode("utf-8", "surrogateescape")),
    "ascii": ascii,
    "JSON": json.dumps,
    "JSON in UTF-8": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "a URL": lambda text: quote(text.encode("utf-8", "surrogateescape"), safe=""),
    "a URL in small letters": lambda text: quote(
        text.encode("utf-8", "surrogateescape"), safe="/"
    ).replace("%3C", "%3c"),
    "a form": lambda text: quote_plus(text.encode("utf-8", "surrogateescape")),
    "HTML": html.escape,
    "base64": lambda text: base64.b64encode(text.encode("utf-8", "surrogateescape")).decode(),
    "base64 of a URL": lambda text: base64.urlsafe_b64encode(
        text.encode("utf-8", "surrogateescape")
    ).decode(),
    "Basic": lambda text: base64.b64encode(
        f"me:{text}".encode("utf-8", "surrogateescape")
    ).decode(),
}


@pytest.mark.parametrize("secret", SECRETS, ids=ascii)
@pytest.mark.parametrize("way", WRITTEN)
def test_a_secret_is_hidden_however_it_is_written(secret: str, way: str) -> None:
    """In the middle of other words, which stay."""
    written = (
        WRITTEN[way](secret).removeprefix("b'" if way == "repr of bytes" else "").strip("\"'=")
    )
    shown = hide(f"before {written} after", forms_of([secret], users=["me"]))
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert HIDDEN in shown
    assert len(shown) <= len(f"before {HIDDEN}= after") + 2


@pytest.mark.parametrize("secret", SECRETS[:4], ids=ascii)
@pytest.mark.parametrize("written", [prose, code])
def test_a_secret_is_hidden_in_a_review(secret: str, written: Callable[[str], str]) -> None:
    """Markdown writes signs as entities."""
    assert hide(f"<{written(secret)}>", forms_of([secret])) in ("<***>", "<<code>***</code>>")


def test_each_line_and_long_word_of_a_secret_is_hidden() -> None:
    """What ibmcloud prints, in a variable whole; a part of it is a secret, too."""
    forms = forms_of(["IAM token:  Bearer eyJSECRET\nUAA token:  Bearer eyJSECRET2\n"])
    assert hide("got eyJSECRET and eyJSECRET2", forms) == "got *** and ***"
    assert hide("Invalid header value b'Bearer eyJSECRET'", forms) == (
        "Invalid header value b'Bearer ***'"
    )
    assert hide("UAA token:  Bearer eyJSECRET2", forms) == "***"
    assert hide("a token of the bearer", forms) == "a token of the bearer"


def test_which_variables_are_secret() -> None:
    """By their names and by what they hold; settings about secrets are none."""
    environ = {
        "SL_API_KEY": "key-1",
        "IC_IAM_TOKEN": "token-2",
        "CLASSIC_RESCUE_JOURNAL_TOKEN": "token-3",
        "TF_HTTP_PASSWORD": "pass-4",
        "AWS_SECRET_ACCESS_KEY": "key-5",
        "AWS_SESSION_TOKEN": "token-6",
        "TF_TOKEN_app_terraform_io": "token-7",
        "PGPASSWORD": "pass-8",
        "PG_CONN_STR": "postgres://me:pass-9@db/state?sslmode=disable",
        "OTHER_CONN_STR": "host=db password='pass 10' user=me",
        "https_proxy": "http://me:pass%2011@proxy:3128",
        "SL_USERNAME": "me-12345",
        "TOKEN_FILE": "/run/secrets/token",
        "USE_TOKEN": "false",
        "PASSWORD_LENGTH": "12345",
        "HOME": "/home/me",
    }
    found = set(secrets_of(environ))
    assert {f"key-{n}" for n in (1, 5)} <= found
    assert {f"token-{n}" for n in (2, 3, 6, 7)} <= found
    assert {"pass-4", "pass-8", "pass-9", "pass 10", "pass%2011", "pass 11"} <= found
    assert not found & {"me-12345", "/run/secrets/token", "false", "12345", "/home/me"}


def test_short_secrets_do_not_garble_texts() -> None:
    """Hiding `key` would hide half of every sentence."""
    assert hide("the key of the user", forms_of(["key", " a\n", ""])) == "the key of the user"


def test_a_secret_in_another_is_no_matter() -> None:
    """The longer one goes first, so that no rest of it stays."""
    assert hide("abcde-fghij abcde", forms_of(["abcde", "abcde-fghij"])) == "*** ***"


def test_a_file_is_written_again_only_where_it_holds_one(tmp_path: Path) -> None:
    """Bytes that are no text stay, and so do the line ends."""
    path = tmp_path / "log"
    path.write_bytes(b"one\r\nkey \xff a-key-of-mine \xe2\x94\x82\n")
    hide_in_file(str(path), forms_of(["a-key-of-mine"]))
    assert path.read_bytes() == b"one\r\nkey \xff *** \xe2\x94\x82\n"
    before = path.stat().st_mtime_ns
    hide_in_file(str(path), forms_of(["a-key-of-mine"]))
    assert path.stat().st_mtime_ns == before


@given(st.text(min_size=8), st.text())
def test_any_text_survives(secret: str, text: str) -> None:
    """Whatever stands in a variable: hiding never fails, and never shows the secret."""
    shown = hide(text + secret.strip() + text, forms_of([secret]))
    assert len(secret.strip()) < 8 or secret.strip() not in shown.replace(text, "")
