"""Two runs of the same questions → what changed, and whether by more than chance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.evaluation.gold import Evidence, GoldQuestion
from assistant.evaluation.intervals import Estimate, estimate
from assistant.evaluation.measures import Measure, Values
from assistant.evaluation.run import Asked, Asker, Evaluation, evaluate
from assistant.progress import Progress, ProgressCallback, silent

_SAME = 1e-9
"""Values nearer than this are the same: they were rounded by a file, or summed in another order."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is compared of a question: who it is, and its measures."""

    id: str
    question: str
    kind: str
    values: Values


@dataclass(frozen=True, slots=True)
class Difference:
    """How a measure changed from ``before`` to ``after`` over the questions that both runs have it
    for: ``change`` is after − before with its paired bootstrap interval."""

    measure: Measure
    before: float
    after: float
    change: Estimate


@dataclass(frozen=True, slots=True)
class Change:
    """A question that came out otherwise: the measures that changed, each before and after."""

    outcome: Outcome
    measures: Mapping[Measure, tuple[float, float]]

    @property
    def gain(self) -> float:
        """The sum of the changes, each counted upwards where it is for the better."""
        return sum(m.direction * (after - before) for m, (before, after) in self.measures.items())


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs beside each other. A question is ``better`` or ``worse`` if none of its measures
    says the opposite, else ``mixed``; each list begins with the largest change. ``gone`` and
    ``added`` are the ids of questions that only the earlier or only the later run has (an id that
    stands for another question is both)."""

    differences: tuple[Difference, ...]
    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    mixed: tuple[Change, ...]
    same: int
    gone: tuple[str, ...]
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ablation:
    """What leaving out ``step`` changes, against all steps."""

    step: str
    differences: tuple[Difference, ...]


def outcome(asked: Asked) -> Outcome:
    """What is compared of a question that was asked."""
    return Outcome(asked.gold.id, asked.gold.question, asked.gold.kind, asked.values)


def compare(before: Iterable[Outcome], after: Iterable[Outcome]) -> Comparison:
    """Two runs, question by question: those with the same id and the same words."""
    earlier = {(one.id, one.question): one for one in before}
    later = {(one.id, one.question): one for one in after}
    both = [(earlier[key], one) for key, one in later.items() if key in earlier]
    changes = [change for pair in both if (change := _change(*pair)).measures]
    signs = [
        {
            m.direction * (new > old) - m.direction * (new < old)
            for m, (old, new) in c.measures.items()
        }
        for c in changes
    ]
    ordered = {
        kind: tuple(
            sorted(
                (c for c, s in zip(changes, signs, strict=True) if s == wanted),
                key=lambda change: -abs(change.gain),
            )
        )
        for kind, wanted in (("better", {1}), ("worse", {-1}), ("mixed", {1, -1}))
    }
    return Comparison(
        differences=_differences([(old.values, new.values) for old, new in both]),
        **ordered,
        same=len(both) - len(changes),
        gone=tuple(one.id for key, one in earlier.items() if key not in later),
        added=tuple(one.id for key, one in later.items() if key not in earlier),
    )


def _change(old: Outcome, new: Outcome) -> Change:
    return Change(
        new,
        {
            measure: (old.values[measure], new.values[measure])
            for measure in Measure
            if measure in old.values
            and measure in new.values
            and abs(old.values[measure] - new.values[measure]) > _SAME
        },
    )


def _differences(pairs: list[tuple[Values, Values]]) -> tuple[Difference, ...]:
    found: list[Difference] = []
    for measure in Measure:
        both = [(o[measure], n[measure]) for o, n in pairs if measure in o and measure in n]
        if both:
            found.append(
                Difference(
                    measure,
                    sum(old for old, _ in both) / len(both),
                    sum(new for _, new in both) / len(both),
                    estimate([new - old for old, new in both]),
                )
            )
    return tuple(found)


def ablate(
    open_without: Callable[[frozenset[str]], Asker],
    steps: Iterable[str],
    questions: Sequence[GoldQuestion],
    places: Mapping[Evidence, Sequence[str]],
    whole: Evaluation,
    progress: ProgressCallback = silent,
) -> tuple[Ablation, ...]:
    """For each of ``steps`` the changes that leaving it out makes, against ``whole``, which asked
    the same ``questions`` with all of them. ``open_without`` opens an assistant that leaves out a
    set of steps; ``places`` and what is raised are those of :func:`.run.evaluate`."""
    left_out = list(steps)
    before = [outcome(one) for one in whole.asked]
    rows: list[Ablation] = []
    for number, step in enumerate(left_out):
        lacking = evaluate(
            open_without(frozenset({step})),
            questions,
            places,
            _within(progress, number, len(left_out)),
        )
        after = compare(before, map(outcome, lacking.asked))
        rows.append(Ablation(str(step), after.differences))
    return tuple(rows)


def _within(progress: ProgressCallback, number: int, parts: int) -> ProgressCallback:
    """Progress of part ``number`` (from 0) as progress of all parts, each of the same length."""

    def report(step: Progress) -> None:
        progress(replace(step, done=number * step.total + step.done, total=parts * step.total))

    return report
