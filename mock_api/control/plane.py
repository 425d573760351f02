"""The control plane: finds the row of a request, reads what it brings, runs it,
and words every error alike.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from http import HTTPStatus

from mock_api.control.access import Access
from mock_api.control.errors import BadRequest, Broken, ControlError, NotFound, WrongVerb
from mock_api.control.reading import (
    check_size,
    read_body,
    read_number,
    read_object,
    read_query,
    shape_of,
)
from mock_api.control.route import Route
from mock_api.control.routes import ROUTES
from mock_api.domain.document import DocumentError
from mock_api.domain.errors import NotSaved
from mock_api.domain.stage import Stage
from mock_api.domain.steering import ControlAnswer, ControlRequest

LOG = logging.getLogger("mock_api")


class ControlPlane:
    """Answers control requests; the default access is for in-process use, where no network is."""

    def __init__(self, access: Access | None = None) -> None:
        self._access = access or Access()

    def __call__(self, stage: Stage, request: ControlRequest) -> ControlAnswer:
        """The answer to a request.

        The one place that turns errors into answers: {"error": SENTENCE}.
        """
        try:
            self._access.check(request)
            rows = find_rows(request.path)
            if request.verb == "OPTIONS":
                return ControlAnswer(
                    HTTPStatus.NO_CONTENT, b"", {"Allow": ", ".join(_allowed(rows))}
                )
            return _answer(stage, _choose(rows, request), request)
        except WrongVerb as error:
            return _refusal(error.status, str(error), {"Allow": ", ".join(error.allowed)})
        except ControlError as error:
            return _refusal(error.status, str(error))
        except NotSaved as error:
            return _refusal(error.status, error.text)
        except DocumentError as error:
            return _refusal(BadRequest.status, str(error))
        except Exception:  # the rim: a fault of the mock becomes one sentence, and is logged
            LOG.exception("The control plane failed at %s /_mock/%s", request.verb, request.path)
            return _refusal(
                Broken.status,
                "The mock failed at this request; start it with --verbose to see why.",
            )


def find_rows(path: str) -> list[Route]:
    """The rows of a path, one a verb. Raises NotFound."""
    rows = [row for row in ROUTES if row.path == _pattern(path)]
    if not rows:
        known = ", ".join(sorted({f"/_mock/{row.path}" for row in ROUTES}))
        raise NotFound(f"There is no /_mock/{path[:100]}; there are {known}.")
    return rows


def _pattern(path: str) -> str:
    parts = path.strip("/").split("/")
    return f"{parts[0]}/{{number}}" if len(parts) == 2 else "/".join(parts)


def _allowed(rows: list[Route]) -> list[str]:
    verbs = {row.verb for row in rows}
    return sorted(verbs | {"OPTIONS"} | ({"HEAD"} if "GET" in verbs else set()))


def _choose(rows: list[Route], request: ControlRequest) -> Route:
    verb = "GET" if request.verb == "HEAD" else request.verb
    for row in rows:
        if row.verb == verb:
            return row
    raise WrongVerb(request.verb[:20], request.path, _allowed(rows))


def _answer(stage: Stage, row: Route, request: ControlRequest) -> ControlAnswer:
    value = row.handler(stage, *_arguments(row, request))
    if row.changes:
        stage.save()
    body = shape_of(row.answer).adapter.dump_json(value)
    return ControlAnswer(HTTPStatus.OK, body, {"Content-Type": "application/json"})


def _arguments(row: Route, request: ControlRequest) -> Iterator[object]:
    """What the handler gets besides the stage. Raises ControlError, DocumentError."""
    what = row.path.partition("/")[0]
    check_size(request)
    if row.has_number:
        yield read_number(request.path.strip("/").partition("/")[2], "number", what)
    if row.query is not None:
        yield read_query(row.query, request, what)
    elif request.query:
        raise BadRequest(
            f"{what}: {row.verb} /_mock/{row.path} takes no query; given was"
            f" {request.query[:80]!r}."
        )
    if row.patches:
        yield read_object(request, what)
    elif row.body is not None:
        yield read_body(row.body, request, what)
    elif request.body.strip() not in (b"", b"{}"):
        raise BadRequest(f"{what}: {row.verb} /_mock/{row.path} takes no body.")


def _refusal(status: int, sentence: str, headers: dict[str, str] | None = None) -> ControlAnswer:
    body = json.dumps({"error": sentence}).encode()
    return ControlAnswer(status, body, {"Content-Type": "application/json", **(headers or {})})
