"""An example or two of each command, as its help and docs/commands.md show them."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "": ("init my-fleet", "status --help"),
    "init": (
        "init my-fleet --from-account",
        "init my-fleet --forge github --source acme/classic-rescue@v0.2.0",
        "init my-fleet --upgrade",
    ),
    "validate": ("validate", "validate --fleet fleets/eu.yaml --json"),
    "review": ("review plan.json", "review --live --markdown review.md fleet-0.json fleet-1.json"),
    "preflight": ("preflight", "preflight web-1 db-1"),
    "plan": ("plan --out reviewed", "plan --only-returns --out returns"),
    "apply": ("apply reviewed", "apply --wait=10m reviewed"),
    "status": ("status", "status web-1", "status --only differs -o csv"),
    "drift": ("drift", "drift --reconcile web-1"),
    "host-keys": ("host-keys", "host-keys --write known_hosts"),
    "access": ("access web-1", "access virtual_guest/124929698 --show-password"),
    "run": ("run web-1 fsck", "run web-1 --timeout 2h repairs/fix-grub.sh"),
    "leave": ("leave web-1",),
    "import": ("import virtual_guest/124929698", "import --all --write --reason CHG-1"),
    "history": ("history web-1 --since 7d", "history --result failed --json"),
    "deploy": ("deploy", "deploy --yes --reconcile", "deploy --break-glass 'CHG-9 outage'"),
    "destroy": ("destroy", "destroy --yes --json"),
    "notify": ("notify", "notify --test ops"),
    "metrics": ("metrics", "metrics --push https://pushgateway.example.com --drift"),
    "ci": ("ci comment reviewed/review.md reviewed/preflight.md", "ci fetch reviewed"),
    "completion": ("completion bash",),
}
"""Command → lines, without the program's own name; under no name those of the whole."""


def examples_of(name: str) -> tuple[str, ...]:
    """The lines for a command, as they are typed."""
    return tuple(f"classic-rescue {line}" for line in EXAMPLES.get(name, ()))


def epilog_of(name: str) -> str:
    """What stands at the end of a command's help; click leaves these lines as they are."""
    lines = "\n".join(f"  {line}" for line in examples_of(name))
    return f"\b\nExamples:\n{lines}" if lines else ""
