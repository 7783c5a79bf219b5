"""What must hold after a fault, and the count of what was tried."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from assistant import Assistant
from assistant.index import Manifest, generation
from tests.faults.world import Answers, Case, answers


class BrokenError(AssertionError):
    """Something that must hold after a fault does not."""


def expect(condition: object, message: str) -> None:
    """Raises :class:`BrokenError` where ``condition`` does not hold."""
    if not condition:
        raise BrokenError(message)


@dataclass(slots=True)
class Tally:
    """How many faults of each kind were done, at which place, and what broke."""

    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(kind of fault, stage or file) → how often."""
    failures: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def case(self, kind: str, place: str, detail: object = "") -> Iterator[None]:
        """Counts a fault; what its checks raise becomes a failure, and the others go on."""
        self.tried[kind, place] += 1
        try:
            yield
        except Exception as error:  # noqa: BLE001 - every failure is wanted, of any kind
            shown = str(error) if isinstance(error, BrokenError) else traceback.format_exc()[-900:]
            self.failures.append(f"{kind}, {place}, {detail}: {shown}")

    @contextmanager
    def timed(self, kind: str) -> Iterator[None]:
        """Adds the seconds of a kind of fault."""
        began = time.perf_counter()
        yield
        self.seconds[kind] = self.seconds.get(kind, 0.0) + time.perf_counter() - began

    def of(self, kind: str) -> Counter[str]:
        """Place → how many faults of that kind."""
        return Counter({place: n for (some, place), n in self.tried.items() if some == kind})


def reader_answers(reader: Assistant | None, old: Answers) -> None:
    """An assistant that was open before goes on answering as it did."""
    if reader is not None:
        expect(answers(reader) == old, "the reader that was open answers otherwise than before")


def next_build(case: Case, new: Answers, reader: Assistant | None = None) -> None:
    """The next build succeeds, answers as one from nothing, an open assistant takes it over, and
    nothing of the dead build is left."""
    pointer = generation.current_id(case.index)
    case.build()
    expect(case.answers() == new, "the next build answers otherwise than a build from nothing")
    if reader is not None:
        reader.refresh()
        expect(answers(reader) == new, "the reader took over something else")
        reader.snapshot.store.close()
    nothing_left(case)
    used = generation.current_id(case.index)
    unused = {*generation.generation_ids(case.index)} - case.served - {pointer, used}
    if case.served and pointer is not None:  # else nobody can say what was in use
        expect(not unused, f"generations that were never in use: {sorted(unused)}")


def nothing_left(case: Case) -> None:
    """The index holds what it should, and no more generations than are kept."""
    names = {path.name for path in case.index.iterdir()}
    extra = names - {"current", "generations", "vectors.sqlite", "tokens.sqlite", "build.lock"}
    expect(not extra, f"left in the index: {sorted(extra)}")
    idents = generation.generation_ids(case.index)
    inside = {path.name for path in (case.index / "generations").iterdir()}
    expect(inside == set(idents), f"left of dead builds: {sorted(inside - set(idents))}")
    used = generation.current_id(case.index)
    expect(idents[-1] == used, f"{idents[-1]} is newer than {used}, which is in use")
    expect(len(idents) <= case.settings.keep_generations, f"too many generations: {idents}")


def older_are_whole(case: Case) -> None:
    """The generations that are kept beside the one in use can be gone back to."""
    for ident in generation.generation_ids(case.index):
        folder = case.index / "generations" / ident
        generation.check(folder, Manifest.read(folder))
