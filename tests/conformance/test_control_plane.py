"""The control plane judged by schemathesis: it makes requests from the OpenAPI document,
good ones and bad ones.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from mock_api.control.routes import ROUTES

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)


@pytest.fixture(scope="module")
def mock(start_mock: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A mock of its own on a free port, whose time stands still."""
    log = tmp_path_factory.mktemp("mock") / "stderr"
    with start_mock(log, "--speed=0", "--seed=1") as running:
        yield running


@pytest.mark.slow
def test_the_openapi_document_is_valid(mock: Any) -> None:
    """What the mock serves is OpenAPI 3.1, and the command prints the same."""
    served = mock.control_call("openapi.json")
    OPENAPI_31_VALIDATOR.validate(served)
    command = [sys.executable, "-m", "mock_api.control"]
    printed = subprocess.run(command, capture_output=True, check=True).stdout
    assert json.loads(printed) == served


@pytest.mark.slow
def test_schemathesis_finds_nothing(mock: Any, tmp_path: Path) -> None:
    """No 5xx, and no status, content type, header or body
    that the OpenAPI document does not have.
    """
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{mock.control}openapi.json",
        "--checks", ",".join(CHECKS), "--max-examples", "10",
        "--seed", "1", "--generation-deterministic", "--no-color", "--continue-on-failure",
    ]  # fmt: skip
    # A folder of its own: schemathesis leaves reports behind.
    judged = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout[-20_000:] + judged.stderr
    # schemathesis leaves out the operation that serves the document itself.
    assert f"Selected: {len(ROUTES) - 1}/{len(ROUTES) - 1}" in judged.stdout, judged.stdout
    assert f"Tested: {len(ROUTES) - 1}\n" in judged.stdout, judged.stdout
    assert mock.control_call("health")["status"] == "ok"
