"""The programs that a run needs, and the environment they get."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.toolchain import terraform_environ


def test_a_missing_terraform_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing, what it is for and how to get it is one sentence."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))  # where `make setup` may have put a Terraform
    with pytest.raises(Failure, match="terraform, or tofu, is missing") as failure:
        terraform_environ({"PATH": str(tmp_path)})
    assert "make setup" in failure.value.message


def test_environment_of_terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """tofu alone is chosen, TF_CLI_CONFIG_FILE is dropped only when there is no such file,
    this Python comes first.
    """
    monkeypatch.setattr(sys, "prefix", str(tmp_path))  # where `make setup` may have put a Terraform
    tofu = tmp_path / "tofu"
    tofu.write_text('#!/bin/sh\necho \'{"terraform_version": "1.8.0"}\'\n')
    tofu.chmod(0o755)
    given = {
        "PATH": str(tmp_path),
        "TF_CLI_CONFIG_FILE": str(tmp_path / "rc"),
        "TF_CLI_ARGS_apply": "-lock-timeout=1s",
    }
    environ = terraform_environ(given)
    assert environ["TERRAFORM_BINARY_NAME"] == "tofu"
    assert "TF_CLI_CONFIG_FILE" not in environ
    assert environ["PATH"].startswith(str(Path(sys.executable).parent))
    assert (
        environ["TF_CLI_ARGS_apply"] == "-lock-timeout=30m -lock-timeout=1s"
    )  # the last one counts
    assert environ["TF_CLI_ARGS_destroy"] == "-lock-timeout=30m"
    assert (environ["CI"], environ["CHECKPOINT_DISABLE"]) == ("1", "1")
    (tmp_path / "rc").touch()
    assert terraform_environ(given)["TF_CLI_CONFIG_FILE"] == given["TF_CLI_CONFIG_FILE"]


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ('#!/bin/sh\necho \'{"terraform_version": "1.3.10"}\'\n', "is Terraform 1.3.10: too old"),
        ("no program", "cannot be started"),
    ],
)
def test_a_terraform_that_cannot_do_it_is_named(tmp_path: Path, program: str, said: str) -> None:
    """Before the first device is touched, with what is needed."""
    (tmp_path / "terraform").write_text(program)
    (tmp_path / "terraform").chmod(0o755)
    with pytest.raises(Failure, match=said):
        terraform_environ({"PATH": str(tmp_path)})
