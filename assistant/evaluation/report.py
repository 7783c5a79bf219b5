"""Evaluations, comparisons and ablations, laid out for a terminal of 80 columns or more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from assistant.evaluation.compare import Ablation, Change, Comparison
from assistant.evaluation.intervals import Estimate
from assistant.evaluation.measures import ANSWERS, RETRIEVAL, Measure
from assistant.evaluation.run import Evaluation

_HEADS = {
    Measure.CITATION: "first\ncitation",
    Measure.QUOTE: "first\nquote",
    Measure.REFUSED: "answer-\nable\nrefused",
    Measure.DECLINED: "unanswer-\nable\nrefused",
    Measure.REASON: "right\nreason",
}
"""Heads of columns that are as wide as an interval."""
_KIND_WIDTH, _CELL_WIDTH = 16, 9


def print_evaluation(console: Console, evaluation: Evaluation) -> None:
    """The measures of all questions and of each kind with their intervals, then the times."""
    overall = evaluation.overall
    console.print(
        f"{_questions(overall.questions)}, {overall.answerable} of them answerable.\n"
        "Below each mean its 95 % bootstrap interval.",
        markup=False,
    )
    groups = [overall, *(evaluation.kinds if len(evaluation.kinds) > 1 else ())]
    for title, measures in (("Retrieval", RETRIEVAL), ("Answers", ANSWERS)):
        rows = [
            _Row(
                group.name,
                group.answerable if measures is RETRIEVAL else group.questions,
                group.estimates,
            )
            for group in groups
            if any(measure in group.estimates for measure in measures)
        ]
        _grid(console, title, rows, measures, signed=False)
    console.print()
    for name, took in (("retrieval", evaluation.retrieval), ("answer", evaluation.answer)):
        console.print(
            f"Milliseconds of {'a' if name == 'retrieval' else 'an'} {name}: median "
            f"{took.median:.1f}, 95th percentile {took.p95:.1f}",
            markup=False,
        )


def print_comparison(console: Console, comparison: Comparison, other: str) -> None:
    """The differences from an earlier run, then the questions that came out otherwise."""
    paired = comparison.same + sum(
        map(len, (comparison.better, comparison.worse, comparison.mixed))
    )
    console.print()
    console.print(f"Against {other}: {_questions(paired)} in both.", markup=False, soft_wrap=True)
    console.print("Changes with their 95 % paired bootstrap interval; * where that leaves out 0.")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("measure", no_wrap=True)
    for name in ("questions", "before", "after", "change", "95 % interval"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in comparison.differences:
        table.add_row(
            Text(str(one.measure)),
            str(one.change.count),
            _share(one.before),
            _share(one.after),
            Text(_marked(one.change), _colour(one.change, one.measure)),
            "–"
            if one.change.low is None or one.change.high is None
            else f"{_signed(one.change.low)} … {_signed(one.change.high)}",
        )
    if comparison.differences:
        console.print()
        console.print(table)
        console.print()
    for title, changes, style in (
        ("Better", comparison.better, "green"),
        ("Worse", comparison.worse, "red"),
        ("Better and worse", comparison.mixed, "yellow"),
    ):
        if changes:
            console.print(Text(f"{title}: {_questions(len(changes))}", f"bold {style}"))
            for change in changes:
                _print_change(console, change)
    console.print(f"Same: {_questions(comparison.same)}.", markup=False)
    for title, ids in (("Only there", comparison.gone), ("Only here", comparison.added)):
        if ids:
            console.print(f"{title}: {', '.join(ids)}", markup=False, soft_wrap=True)


def print_ablation(console: Console, rows: Sequence[Ablation]) -> None:
    """What leaving out each step changes."""
    console.print()
    console.print(
        "Without each step: the change against all steps, below it its 95 % paired\n"
        "bootstrap interval; * where that leaves out 0.",
        markup=False,
    )
    cells = [_Row(r.step, None, {one.measure: one.change for one in r.differences}) for r in rows]
    for title, measures in (("Retrieval", RETRIEVAL), ("Answers", ANSWERS)):
        _grid(console, title, cells, measures, signed=True)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a grid; ``asked`` is left out where it is ``None``."""

    name: str
    asked: int | None
    estimates: Mapping[Measure, Estimate]


def _grid(
    console: Console, title: str, rows: Sequence[_Row], measures: Sequence[Measure], *, signed: bool
) -> None:
    """A table of means, or of changes where they are ``signed``, each over its interval. Measures
    that no row has are left out."""
    held = [m for m in measures if any(m in row.estimates for row in rows)]
    if not held:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(title, max_width=_KIND_WIDTH, overflow="fold")
    counted = any(row.asked is not None for row in rows)
    if counted:
        table.add_column("n", justify="right", no_wrap=True)
    for measure in held:
        head = _HEADS.get(measure, str(measure))
        table.add_column(head, justify="right", no_wrap=True, min_width=_CELL_WIDTH)
    for row in rows:
        cells = [_cell(row.estimates.get(measure), measure, signed=signed) for measure in held]
        table.add_row(Text(row.name), *([Text(str(row.asked))] if counted else []), *cells)
    console.print()
    console.print(table)


def _cell(one: Estimate | None, measure: Measure, *, signed: bool) -> Text:
    if one is None:
        return Text("–", "dim")
    if signed and one.low == one.high == 0:
        return Text("0", "dim")  # not one question changed
    cell = Text(_marked(one), _colour(one, measure)) if signed else Text(_share(one.mean))
    if one.low is not None and one.high is not None:
        interval = (
            f"{_tight(one.low)}…{_tight(one.high)}"
            if signed
            else f"{_share(one.low)}–{_share(one.high)}"
        )
        cell.append(f"\n{interval}", "not bold dim")
    return cell


def _print_change(console: Console, change: Change) -> None:
    """A question on one line, and what changed below it."""
    head = Text(f"  {change.outcome.id}  ", "bold", no_wrap=True, overflow="ellipsis")
    head.append(" ".join(change.outcome.question.split()), "not bold")
    console.print(head, no_wrap=True, overflow="ellipsis")
    said = ", ".join(
        f"{measure} {_share(before)} → {_share(after)}"
        for measure, (before, after) in change.measures.items()
    )
    console.print(Padding(Text(said, "dim"), (0, 0, 0, 6)))


def _questions(count: int) -> str:
    return f"{count} question" if count == 1 else f"{count} questions"


def _share(value: float) -> str:
    return f"{value:.2f}"


def _signed(value: float) -> str:
    """A change with its sign, which it keeps where it rounds to nothing: −0.00."""
    return f"{value:+.2f}".replace("-", "−") if value else "0.00"


def _marked(change: Estimate) -> str:
    return f"{_signed(change.mean)}{'*' if change.is_clear else ''}"


def _tight(value: float) -> str:
    """A change in few characters: −.05."""
    return _signed(value).replace("0.", ".", 1) if value else "0"


def _colour(change: Estimate, measure: Measure) -> str:
    """Green for what is better by more than chance, red for what is worse."""
    if not change.is_clear:
        return ""
    return "green" if change.mean * measure.direction > 0 else "red"
