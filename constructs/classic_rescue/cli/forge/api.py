"""The few calls that jobs make to GitHub or GitLab. No secret is in any message.

GitHub: https://docs.github.com/en/rest (API version 2022-11-28). GitLab:
https://docs.gitlab.com/api/rest/ (v4).
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from classic_rescue.boot import environment
from classic_rescue.cli.terminal.failures import Failure

Sleep = Callable[[float], None]
"""Waits for so many seconds."""

ATTEMPTS = 4
LONGEST_WAIT_S = 60.0
TIMEOUT_S = 60.0
PAGES = 100
"""Pages of 100 that are looked through at most: an end even where a service repeats its pages."""

_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?next"?')


class ForgeError(Failure):
    """A call that cannot be made or was refused: one sentence."""


@contextmanager
def told_in_words() -> Iterator[None]:
    """What an answer of another form than the documented one leads to, as a ForgeError."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        raise ForgeError(f"not the answer expected: {problem!r}") from None


@dataclass(frozen=True)
class Api:
    """A REST API with its base URL and the headers that every call gets;
    `secret` ones do not follow a redirect.
    """

    base: str
    headers: Mapping[str, str]
    secret: Mapping[str, str] = field(repr=False)
    sleep: Sleep

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 JSON
        """The JSON of one object or page."""
        return self._json(self.call("GET", self._url(path, query))[0], path)

    def rows(self, path: str, key: str = "", **query: str | int) -> Iterator[dict[str, Any]]:
        """The objects of a list, page after page (`Link: rel="next"`);
        `key` is where GitHub wraps them.
        """
        url: str | None = self._url(path, {"per_page": 100, **query})
        for _ in range(PAGES):
            if url is None:
                return
            body, headers = self.call("GET", url)
            page = self._json(body, path)
            yield from page[key] if key else page
            found = _NEXT.search(headers.get("Link") or "")
            url = found[1] if found else None

    def send(self, method: str, path: str, body: Mapping[str, object]) -> None:
        """Send JSON. Not repeated when the answer is lost:
        the caller looks first whether it arrived.
        """
        self.call(method, self._url(path, {}), json.dumps(body).encode())

    def call(
        self, method: str, url: str, body: bytes | None = None
    ) -> tuple[bytes, Mapping[str, str]]:
        """One call. What the service refuses for the moment is repeated,
        and so is a GET without an answer.
        """
        attempts = ATTEMPTS
        while True:
            attempts -= 1
            request = urllib.request.Request(url, body, dict(self.headers), method=method)  # noqa: S310 see _url
            for name, value in self.secret.items():
                request.add_unredirected_header(
                    name, value
                )  # a download is redirected to somebody else's storage
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:  # noqa: S310 see _url
                    return reply.read(), reply.headers
            except urllib.error.HTTPError as refusal:
                wait_s = _wait_s(refusal, ATTEMPTS - attempts)
                problem = f"{method} {_bare(url)} was answered {refusal.code}: {_why(refusal)}"
            except (OSError, HTTPException) as lost:
                wait_s = 2.0 ** (ATTEMPTS - attempts) if method == "GET" else None
                problem = f"{method} {_bare(url)} has no answer: {getattr(lost, 'reason', lost)}"
            if wait_s is None or not attempts:
                raise ForgeError(problem)
            self.sleep(wait_s)

    def _url(self, path: str, query: Mapping[str, str | int]) -> str:
        if not self.base.startswith(("https://", "http://")):
            raise ForgeError(
                f"the API's address is {self.base!r}; allowed: a URL with https or http"
            )
        return (
            f"{self.base.rstrip('/')}/{path}{'?' + urllib.parse.urlencode(query) if query else ''}"
        )

    def _json(self, body: bytes, path: str) -> Any:  # noqa: ANN401 JSON
        try:
            return json.loads(body)
        except ValueError:
            raise ForgeError(
                f"{path}: the answer is not JSON; is {self.base} the address of an API?"
            ) from None


def _wait_s(refusal: urllib.error.HTTPError, attempt: int) -> float | None:
    """How long to wait before the call is made again; None where that would not help."""
    told = refusal.headers.get("Retry-After") or ""
    if refusal.code == 429 or refusal.code >= 500 or (refusal.code == 403 and told):
        return min(float(told), LONGEST_WAIT_S) if told.isdigit() else 2.0**attempt
    return None


def _why(refusal: urllib.error.HTTPError) -> str:
    """What the service says, in its `message` or `error`, on one line."""
    try:
        said = json.loads(refusal.read(10_000))
        text = str(said.get("message") or said.get("error") or said)
    except (OSError, ValueError, AttributeError):
        text = str(refusal.reason)
    return "".join(character if character.isprintable() else " " for character in text)[:300]


def _bare(url: str) -> str:
    return url.partition("?")[0]


def setting(environ: Mapping[str, str], name: str, what: str) -> str:
    """A variable that the CI system or its owner sets. Raises ForgeError that says what it is."""
    if value := environ.get(name):
        return value
    raise ForgeError(f"{name} is not set: {what}")


def github(environ: Mapping[str, str], sleep: Sleep) -> Api:
    """GitHub's API for the repository of this job."""
    repository = setting(
        environ, environment.GITHUB_REPOSITORY, "GitHub sets it; is this a job of GitHub Actions?"
    )
    token = setting(
        environ,
        environment.GITHUB_TOKEN,
        "give the step `GITHUB_TOKEN: ${{ github.token }}` in its env",
    )
    server = environ.get(environment.GITHUB_API_URL) or "https://api.github.com"
    base = f"{server}/repos/{repository}"
    headers = {
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "Content-Type": "application/json",
        "User-Agent": "classic-rescue",
    }
    return Api(base, headers, {"Authorization": f"Bearer {token}"}, sleep)


def gitlab(environ: Mapping[str, str], sleep: Sleep) -> Api:
    """GitLab's API; paths begin with `projects/ID` or `user`."""
    base = setting(
        environ, environment.GITLAB_API_URL, "GitLab sets it; is this a job of GitLab CI?"
    )
    token = setting(
        environ,
        environment.GITLAB_TOKEN,
        "a project access token with the scope `api`, as a masked variable (docs/gitops.md)",
    )
    headers = {"Content-Type": "application/json", "User-Agent": "classic-rescue"}
    return Api(base, headers, {"PRIVATE-TOKEN": token}, sleep)


def is_gitlab(environ: Mapping[str, str]) -> bool:
    """Whether this is a job of GitLab CI rather than of GitHub Actions."""
    return environ.get(environment.GITLAB_CI) == "true"
