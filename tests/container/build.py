"""`make container`: the image of the Containerfile is built, and plans a fleet of the mock.

By docker or podman. Where neither works, root executes the file's own lines in a plain Debian root
that mmdebstrap makes: the same commands, without an engine's layers and cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import mock
from benchmarks.set_up import OF_AN_INDEX, megabytes
from tests.container.containerfile import ROOT, settings, stages

TAG = "classic-rescue-check"
FLEET = "devices: {a: {virtual_guest: 1000001, boot: rescue}}\n"
RESTARTS = 2
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""An engine's own."""

IGNORED = shutil.ignore_patterns("__pycache__", "*.egg-info")  # as .dockerignore says
IN_A_ROOT = """\
mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" || exit 1
root=$0; shift; exec chroot "$@"
"""


def main() -> int:
    """Returns 0, or 1 where it cannot be built here; a command that fails raises."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        project = folder / "fleet"
        project.mkdir()
        project.chmod(0o777)
        (project / "fleet.yaml").write_text(FLEET)
        environment = stack.enter_context(mock("--generate", "2,0"))
        told = {name: environment[name] for name in environment if name not in os.environ}
        engine = next(filter(works, ("docker", "podman")), "")
        if engine:
            plan = by_engine(engine, project, told)
        elif os.geteuid() == 0 and shutil.which("mmdebstrap") and shutil.which("unshare"):
            plan = by_lines(folder, project, told)
        else:
            sys.stderr.write(
                "container: NOT built: neither docker nor podman works, and this is not root with"
                " Debian's mmdebstrap and unshare; install one of them\n"
            )
            return 1
    print(plan.stdout)
    assert plan.returncode == RESTARTS, plan.stderr + plan.stdout
    assert "1 device goes down" in plan.stdout, plan.stdout
    print("container: built, and its plan tells what restarts")
    return 0


def works(engine: str) -> bool:
    """Whether an engine is there, and not its command alone."""
    if not shutil.which(engine):
        return False
    return subprocess.run([engine, "info"], check=False, capture_output=True).returncode == 0


def by_engine(
    engine: str, project: Path, told: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Build the image, and plan with it."""
    file = ["--file", str(ROOT / "Containerfile")]
    subprocess.run([engine, "build", *file, "--tag", TAG, str(ROOT)], check=True)
    names = [word for name in told for word in ("--env", name)]
    place = ["--network", "host", "--volume", f"{project}:/fleet"]
    command = [engine, "run", "--rm", *place, *names, TAG, *planning()]
    return subprocess.run(
        command, env={**os.environ, **told}, capture_output=True, text=True, check=False
    )


def planning() -> list[str]:
    """The command that is run in the image."""
    return ["classic-rescue", "plan", "--out", "reviewed"]


@dataclass
class Place:
    """A root that a stage's lines are executed in, and what they have set."""

    root: Path
    folder: str = "/"
    user: str = ""
    variables: dict[str, str] = field(default_factory=dict)

    def home(self) -> str:
        """The home of the user, as an engine tells it from the image's own list."""
        rows = Path(f"{self.root}/etc/passwd").read_text().splitlines()
        homes = {row.split(":")[2]: row.split(":")[5] for row in rows}
        return homes[self.user or "0"]

    def run(self, command: Sequence[str], **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command in there, in namespaces of its own."""
        found = {name: value for name, value in os.environ.items() if OF_AN_INDEX.fullmatch(name)}
        environ = {"PATH": PATH, "HOME": self.home(), **found, **self.variables, **more}
        user = [f"--userspec={self.user}:{self.user}"] if self.user else []
        enter = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', self.folder]
        alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-c"]
        return subprocess.run(
            [*alone, IN_A_ROOT, str(self.root), "-", *user, str(self.root), *enter, *command],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )


def by_lines(
    folder: Path, project: Path, told: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Execute the file's lines in Debian roots, and plan in the last one."""
    bare = folder / "bare"
    suite = stages()[0].base.rpartition(":")[2].removesuffix("-slim")
    print(f"container: making a Debian root ({suite}), without an engine", flush=True)
    make = ["mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates"]
    subprocess.run([*make, suite, str(bare)], check=True)
    for name in ("/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt"):
        shutil.copyfile(name, f"{bare}{name}")
    made: dict[str, Place] = {}
    for stage in stages():
        place = Place(folder / f"root-{len(made)}")
        subprocess.run(["cp", "-a", str(bare), str(place.root)], check=True)
        for instruction, value in stage.steps:
            execute(place, instruction, value, made)
        made[stage.name] = place
    size = megabytes(place.root)
    more = size - megabytes(bare)
    print(f"container: the image is {size:.0f} MB, {more:.0f} MB of it above Debian's own")
    shutil.copy(project / "fleet.yaml", f"{place.root}/fleet/fleet.yaml")
    subprocess.run(["chown", "-R", "10001", f"{place.root}/fleet"], check=True)
    return place.run(planning(), **told)


def execute(place: Place, instruction: str, value: str, made: Mapping[str, Place]) -> None:
    """One instruction. Raises where it fails, and for one that is not known here."""
    match instruction:
        case "RUN":
            print(f"container: RUN {value}", flush=True)
            done = place.run(["/bin/sh", "-c", value])
            assert done.returncode == 0, done.stdout + done.stderr
        case "ENV":
            expanded = {name: text.replace("$PATH", PATH) for name, text in settings(value).items()}
            place.variables |= expanded
        case "WORKDIR":
            place.folder = value
            Path(f"{place.root}{value}").mkdir(parents=True, exist_ok=True)
        case "USER":
            place.user = value
        case "COPY":
            copy(place, value.split(), made)
        case "CMD":
            pass  # planning() runs in its place
        case _:
            raise NotImplementedError(f"{instruction} of the Containerfile is not known here")


def copy(place: Place, words: list[str], made: Mapping[str, Place]) -> None:
    """A COPY from the checkout or from another stage."""
    origin = ROOT
    if words[0].startswith("--from="):
        origin = made[words.pop(0).removeprefix("--from=")].root
    *sources, target = words
    for source in sources:
        there = Path(f"{origin}/{source}")
        end = Path(f"{place.root}{place.folder}", target)
        if target.startswith("/"):
            end = Path(f"{place.root}{target}")
        if there.is_dir():
            left_out = IGNORED if origin == ROOT else None
            shutil.copytree(there, end, symlinks=True, ignore=left_out, dirs_exist_ok=True)
        else:
            shutil.copy(there, end)


if __name__ == "__main__":
    sys.exit(main())
