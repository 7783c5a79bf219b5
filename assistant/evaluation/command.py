"""``assistant evaluate``: gold files asked of an index → a report, printed and written to files."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console

from assistant.clauses import Clause
from assistant.errors import GoldError, ResultsError, UsageError
from assistant.evaluation.compare import Ablation, Comparison, ablate, compare, outcome
from assistant.evaluation.extra import DRAWING, MEASURING, require
from assistant.evaluation.gold import GoldQuestion, Unfound, clauses_with, read_golds, unfound
from assistant.evaluation.plot import check_plot, draw
from assistant.evaluation.report import (
    print_ablation,
    print_comparison,
    print_evaluation,
)
from assistant.evaluation.results import (
    ablation_data,
    comparison_data,
    evaluation_data,
    read_outcomes,
)
from assistant.evaluation.run import NO_KIND, Asker, Evaluation, evaluate
from assistant.index import Snapshot
from assistant.index.store import Store
from assistant.progress import ProgressCallback


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be evaluated, and what is to be done with the results."""

    gold: tuple[Path, ...]
    kinds: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    ablate: bool = False
    compare: Path | None = None
    json_file: Path | None = None
    plot: Path | None = None
    lenient: bool = False


class Opened(Asker, Protocol):
    """An assistant over an index."""

    @property
    def snapshot(self) -> Snapshot: ...

    def warm_up(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Report:
    """What came out, the files that were written, and what the user should be warned of."""

    evaluation: Evaluation
    comparison: Comparison | None
    ablation: tuple[Ablation, ...]
    request: Request
    warnings: tuple[str, ...]

    def print(self, console: Console) -> None:
        """Lays everything out for a terminal."""
        print_evaluation(console, self.evaluation)
        if self.comparison:
            print_comparison(console, self.comparison, str(self.request.compare))
        if self.ablation:
            print_ablation(console, self.ablation)
        for path in (self.request.json_file, self.request.plot):
            if path:
                console.print(f"Written: {path}", markup=False, soft_wrap=True)


def run(
    request: Request,
    open_without: Callable[[frozenset[str]], Opened],
    steps: Sequence[str],
    progress: ProgressCallback,
) -> Report:
    """Asks the questions of the gold files and measures what comes back.

    ``open_without`` opens the assistant that leaves out a set of ``steps``, which are those that
    can be left out. Everything that can be checked is checked before the first question. Raises
    :class:`GoldError`, :class:`UsageError`, :class:`ResultsError` and what opening raises.
    """
    _check(request, steps)
    questions = _of_kinds(read_golds(request.gold), request.kinds)
    earlier = read_outcomes(request.compare) if request.compare else None
    left_out = frozenset(request.without)
    others = [step for step in steps if step not in left_out] if request.ablate else []
    assistant = open_without(left_out)
    store = assistant.snapshot.store
    evidence = [one for question in questions for one in question.evidence]
    sources = {one.source for one in evidence}
    places = clauses_with(evidence, _clauses_of(store, sources))
    lost = unfound(questions, places, store.files())
    if lost and not request.lenient:
        raise GoldError(_said_of(lost), "Correct the gold file, or go on with --lenient.")
    assistant.warm_up()

    evaluation = evaluate(assistant, questions, places, progress)
    comparison = compare(earlier, map(outcome, evaluation.asked)) if earlier is not None else None
    ablation = ablate(
        lambda further: open_without(left_out | further),
        others,
        questions,
        places,
        evaluation,
        progress,
    )
    warnings = [f"{_said_of(lost)} It counts as not found."] if lost else []
    if request.json_file:
        manifest = assistant.snapshot.manifest
        about = {
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "gold": [str(path) for path in request.gold],
            "only_kinds": list(request.kinds),
            "without": sorted(left_out),
            "generation": manifest.generation,
            "model": manifest.model,
            "evidence_in_no_clause": [one.question for one in lost],
        }
        data = evaluation_data(evaluation, about)
        if comparison:
            data["comparison"] = {"with": str(request.compare), **comparison_data(comparison)}
        if ablation:
            data["ablation"] = ablation_data(ablation)
        _write(request.json_file, data)
    if request.plot:
        stand_ins = draw(evaluation, request.plot)
        if stand_ins:
            named = "; ".join(f"{stand_in} is {kind}" for stand_in, kind in stand_ins.items())
            warnings.append(
                f"No font of this machine has the characters of some kinds. In the plot {named}. "
                "Install one with Chinese characters, say Noto Sans CJK."
            )
    return Report(evaluation, comparison, ablation, request, tuple(warnings))


def _check(request: Request, steps: Sequence[str]) -> None:
    """That the packages are there, and that what the request names can be."""
    require(MEASURING)
    unknown = [step for step in request.without if step not in steps]
    if unknown:
        raise UsageError(f"There is no step {unknown[0]}.", f"Steps: {', '.join(steps)}.")
    if request.plot:
        check_plot(request.plot)
        require(DRAWING)
    for path in (request.json_file, request.plot):
        if path and (path.is_dir() or not path.parent.is_dir()):
            raise UsageError(
                f"{path} can't be written: "
                f"{'it is a folder' if path.is_dir() else f'there is no folder {path.parent}'}.",
                "Name a file in a folder that is there.",
            )


def _of_kinds(questions: list[GoldQuestion], kinds: Collection[str]) -> list[GoldQuestion]:
    """The questions of these kinds; all where none is named."""
    held = dict.fromkeys(question.kind or NO_KIND for question in questions)
    unknown = [kind for kind in kinds if kind not in held]
    if unknown:
        raise UsageError(f"No question is of the kind {unknown[0]}.", f"Kinds: {', '.join(held)}.")
    return [q for q in questions if not kinds or (q.kind or NO_KIND) in kinds]


def _clauses_of(store: Store, sources: Collection[str]) -> Iterable[Clause]:
    """The clauses of these files."""
    for row, document in enumerate(store.documents_without_text()):
        if document.source in sources:
            yield from map(store.clause, store.rows_of_document(row))


def _said_of(lost: Sequence[Unfound]) -> str:
    """Which questions have evidence that is not there, and why."""
    absent = dict.fromkeys(f"{one.evidence.source}" for one in lost if not one.in_library)
    ids = dict.fromkeys(one.question for one in lost)
    said = f"Evidence of {len(ids)} question(s) stands in no clause: {', '.join(ids)}."
    return f"{said} Not in the library: {', '.join(absent)}." if absent else said


def _write(path: Path, data: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise ResultsError(
            f"{path} can't be written ({error.strerror}).", "Name another file for --json."
        ) from error
