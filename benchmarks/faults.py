"""Every fault that the harness in ``tests/faults/`` knows: builds killed at each point, the power
cut there, disks filled page by page, bytes flipped at many places. The test suite tries a choice.

In a process of its own, which has loaded little and forks.
"""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.common import OUT, ROOT, Bench, Options, report


def run(bench: Bench, options: Options) -> None:  # noqa: ARG001 - every benchmark has this shape
    """Prints how many faults of each kind were tried, at which stages or files; what failed."""
    if sys.platform != "linux":
        print("not run: the harness forks, and looks into /proc\n")
        return
    OUT.mkdir(exist_ok=True)
    out = OUT / "faults.json"
    command = [sys.executable, "-m", "tests.faults.run", "--full", "--out", str(out)]
    done = subprocess.run(command, check=False, cwd=ROOT)
    print()
    report("faults", json.loads(out.read_text("utf-8")))
    if done.returncode:
        sys.exit("faults: see what failed above")
