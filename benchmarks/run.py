"""Every benchmark, one after the other: `make benchmark`, or some by name:
`make benchmark ARGS="synthesis"`.
"""

from __future__ import annotations

import sys

from benchmarks import (
    apply,
    console,
    drift,
    fleet,
    hook_start,
    large_fleet,
    mock_requests,
    mock_start,
    patterns,
    review,
    set_up,
    synthesis,
    witness,
)

BENCHMARKS = {
    "synthesis": synthesis.main,
    "review": review.main,
    "set_up": set_up.main,
    "hook_start": hook_start.main,
    "patterns": patterns.main,
    "apply": apply.main,
    "drift": drift.main,
    "fleet": fleet.main,
    "large_fleet": large_fleet.main,
    "mock_requests": mock_requests.main,
    "mock_start": mock_start.main,
    "console": console.main,
    "witness": witness.main,
}


def main(names: list[str]) -> int:
    """Run them. The ratios within a table come from one run;
    seconds differ from machine to machine.
    """
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        sys.stderr.write(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}\n")
        return 2
    for name in names or BENCHMARKS:
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
