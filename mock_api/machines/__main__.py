"""Build the images that real machines boot, into FOLDER/images:
`python -m mock_api.machines FOLDER`; with --debian that of the whole Debian, too.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from mock_api.machines import debian
from mock_api.machines.images import build
from mock_api.machines.programs import ImagesError


def main(arguments: Sequence[str]) -> int:
    """Returns the exit code: 0 built, 1 could not, 2 not understood."""
    folders = [argument for argument in arguments if argument != "--debian"]
    if len(folders) != 1 or folders[0].startswith("-"):
        sys.stderr.write("usage: python -m mock_api.machines FOLDER [--debian]\n")
        return 2
    images = Path(folders[0]).absolute() / "images"
    shutil.rmtree(images, ignore_errors=True)  # whoever asks for them wants new ones
    try:
        build(images, _tell)
        if "--debian" in arguments:
            debian.build(images, _tell)
    except ImagesError as problem:
        sys.stderr.write(f"mock_api: {problem}\n")
        return 1
    return 0


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
