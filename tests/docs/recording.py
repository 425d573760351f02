"""The picture of a terminal in README: `make recording` writes it, from a real run on the mock.

The commands run in a terminal of their own, with its colours; what they print becomes an SVG.
"""

from __future__ import annotations

import html
import io
import os
import pty
import re
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.docs.blocks import ROOT, blocks_of
from tests.docs.project import Project

PICTURE = ROOT / "docs" / "pictures" / "terminal.svg"
COLUMNS = 100
COMMANDS = (
    ".venv/bin/classic-rescue status",
    ".venv/bin/classic-rescue plan --out reviewed",
)
_FONT = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_LINE = re.compile(r"<text [^>]*?\by=\"([0-9.]+)\"[^>]*>(.*?)</text>", re.DOTALL)


def play_up_to_the_plan(project: Project) -> None:
    """What README does before: everything is deployed, and the file says something new."""
    project.begin(is_checkout=True, is_empty=False)
    for block in blocks_of(ROOT / "README.md"):
        if block.language == "diff":
            project.change(block.text)
            return
        wrong = project.run(block) if block.kind == "run" else ""
        assert not wrong, wrong


def recorded(project: Project) -> str:
    """The commands and what they print, with the colours of a terminal."""
    parts = [f"$ {command}\n{_in_a_terminal(project, command)}" for command in COMMANDS]
    return "\n".join(parts)


def _in_a_terminal(project: Project, command: str) -> str:
    ours, theirs = pty.openpty()
    environ = {**project.environ(), "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    with subprocess.Popen(
        ["bash", "-c", command], cwd=project.folder, env=environ, stdout=theirs, stderr=theirs
    ):
        os.close(theirs)
        said = b""
        with suppress(OSError):  # the end of a terminal is an error on Linux
            while more := os.read(ours, 65536):
                said += more
    os.close(ours)
    return said.decode().replace("\r\n", "\n")


def as_svg(text: str) -> str:
    """A picture of the terminal, which fetches no font from anywhere."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(text))
    svg = console.export_svg(title="classic-rescue", unique_id="terminal")
    return _FONT.sub("", svg)


def text_of(svg: str) -> str:
    """What is to be read in a picture."""
    lines: dict[float, str] = {}
    for height, part in _LINE.findall(svg):
        text = html.unescape(re.sub("<[^>]+>", "", part)).replace("\N{NO-BREAK SPACE}", " ")
        lines[float(height)] = lines.get(float(height), "") + text
    return "\n".join(lines[height].rstrip() for height in sorted(lines) if lines[height].strip())


def main(target: Path) -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        (place := Path(folder, "project")).mkdir()
        project = Project(place)
        try:
            play_up_to_the_plan(project)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(as_svg(recorded(project)), encoding="utf-8")
        finally:
            project.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)
