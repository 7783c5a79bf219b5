"""Faults: whatever happens to a build or to its files, the old index answers and the next build
makes good. ``tests/faults/`` has the harness; ``make bench BENCH=faults`` tries every point."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.faults.kills import STAGES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, and looks into /proc")


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was tried, in a process of its own."""
    out = tmp_path_factory.mktemp("faults") / "faults.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.run", "--out", str(out)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert out.exists(), done.stderr
    found: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return {**found, "printed": done.stdout}


def test_no_fault_costs_an_answer(
    counts: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """After each fault what was open answers as before, what is opened is the old index or the new
    one or says what is damaged, and the next build answers as one from nothing."""
    with capsys.disabled():
        sys.stdout.write(f"\n{counts['printed']}")
    assert counts["failures"] == []


def test_builds_are_killed_in_every_stage(counts: dict[str, Any]) -> None:
    """Fifty kills at least, in each stage of a build, and a power cut in each."""
    kills = counts["tried"]["kill"]
    assert sum(kills.values()) >= 50
    assert kills.keys() == counts["tried"]["power"].keys() == set(STAGES)


def test_every_kind_of_fault_is_tried(counts: dict[str, Any]) -> None:
    """Nothing is left out but what this machine does not allow, and that is said."""
    kinds = {"torn", "timed", "twice", "no room", "unreadable", "replaced"}
    assert counts["tried"].keys() >= kinds | {"flipped byte", "cut", "gone", "at once"}
    assert all("can't be mounted" in reason for reason in counts["not_run"])
