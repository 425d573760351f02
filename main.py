"""The CDK for Terraform app of this folder: `cdktf synth` runs it."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "constructs"))  # so that it runs without an install

from classic_rescue.app import run  # noqa: E402 it is found only now

if __name__ == "__main__":
    sys.exit(run(HERE / "fleet.yaml"))
