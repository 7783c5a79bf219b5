"""``python -m tests.faults.run [--full] [--out FILE]``: every fault, its counts as a table and JSON.

In a process of its own, as it forks all the time. Without ``--full`` a choice that fits into a
minute.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.faults.aftermath import Tally
from tests.faults.harms import Harms
from tests.faults.kills import SCENARIOS, STAGES, Kills, spread
from tests.faults.world import World

SEED = 5
MANY = 10**6


def kills(world: World, tally: Tally, *, full: bool) -> None:
    """Kills builds: where there is no index yet, after a change, and with ``full=True``."""
    doing, random = Kills(world, tally), Random(SEED)
    for scenario in SCENARIOS:
        stages = doing.points(scenario)
        changed = scenario.name == "change"
        every = {"kill": MANY, "torn": 8, "power": 6}
        each = {
            "kill": 2 if changed else 1,
            "torn": int(changed),
            "power": int(scenario.name != "full"),
        }
        for kind, number in each.items():
            with tally.timed(kind):
                for point in spread(stages, every[kind] if full else number):
                    doing.at(kind, scenario, point)
        with tally.timed("timed"):
            for _ in range(40 if full else 2):
                doing.at_random(scenario, random)
        with tally.timed("twice"):
            for _ in range(40 if full else 2):
                doing.twice(scenario, *(random.randint(1, len(stages)) for _ in range(2)))


def harms(world: World, tally: Tally, *, full: bool) -> None:
    """No room, no right to read, bytes flipped and cut, files gone, several builds at once."""
    doing, random = Harms(world, tally), Random(SEED)
    sizes = (0, 1, 100, 1_000, 4_096, 8_192, 12_288, 20_000, 24_000, 40_000, 60_000)
    all_of: tuple[tuple[str, Callable[[], None]], ...] = (
        ("no room", lambda: doing.small_files(sizes if full else sizes[1::3])),
        ("no room", lambda: doing.small_disk(range(0, 60, 2 if full else 7))),
        ("no room", lambda: doing.small_disk(range(0, 24, 1 if full else 5), inodes=True)),
        ("unreadable", doing.unreadable_documents),
        ("unreadable", doing.unreadable_index),
        ("replaced", doing.replaced),
        ("flipped byte", lambda: doing.flipped(12 if full else 1, random)),
        ("flipped byte", lambda: doing.flipped_cache(100 if full else 20, random)),
        ("cut", lambda: doing.flipped(4 if full else 1, random, cut=True)),
        ("gone", doing.gone),
        ("at once", lambda: doing.at_once(4 if full else 2)),
        ("at once", lambda: doing.opened_while_built(20 if full else 5, 1)),
        ("at once", lambda: doing.opened_while_built(20 if full else 5, 2)),
    )
    for kind, work in all_of:
        with tally.timed(kind):
            work()


def table(tally: Tally) -> Iterator[str]:
    """The counts: how many of each kind, and at which stages or files."""
    for kind in dict.fromkeys(kind for kind, _ in tally.tried):
        places = tally.of(kind)
        order = {stage: n for n, stage in enumerate(STAGES)}
        shown = sorted(places, key=lambda place: (order.get(place, len(order)), place))
        seconds = f"{tally.seconds[kind]:6.1f} s" if kind in tally.seconds else ""
        yield f"{kind:13}{sum(places.values()):5} {seconds:10}" + ", ".join(
            f"{place} {places[place]}" for place in shown
        )
    yield f"{sum(tally.tried.values())} faults, {len(tally.failures)} failures"
    yield from (f"not run: {reason}" for reason in tally.not_run)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder in memory where there is one: the disk is waited for at each ``fsync``."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder in it is made with a name of its own
    folder = Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None))
    folder.chmod(0o755)  # the user without rights must get there
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.run", description=__doc__)
    parser.add_argument("--full", action="store_true", help="every point, many places (minutes)")
    parser.add_argument("--out", type=Path, help="file for the counts as JSON")
    arguments = parser.parse_args()
    tally = Tally()
    with _folder() as folder:
        world = World(folder)
        kills(world, tally, full=arguments.full)
        harms(world, tally, full=arguments.full)
    lines = [*table(tally), *(f"FAILED {failure}" for failure in tally.failures)]
    sys.stdout.write("\n".join(lines) + "\n")
    if arguments.out:
        kinds = dict.fromkeys(kind for kind, _ in tally.tried)
        result = {
            "tried": {kind: dict(tally.of(kind)) for kind in kinds},
            "failures": tally.failures,
            "not_run": tally.not_run,
            "seconds": tally.seconds,
        }
        arguments.out.write_text(json.dumps(result, indent=2, ensure_ascii=False), "utf-8")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
