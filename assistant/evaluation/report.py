"""Evaluations, comparisons and ablations, laid out for a terminal of 80 columns or more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.evaluation.compare import Ablation, Change, Comparison
from assistant.evaluation.intervals import Estimate
from assistant.evaluation.measures import ANSWERS, RETRIEVAL, Measure
from assistant.evaluation.run import Evaluation, Group

_SHORT = {
    Measure.REFUSED: "refused, answerable",
    Measure.DECLINED: "refused, unanswer-\nable",
}
"""Heads of columns that would be too wide."""
_KIND_WIDTH = 14
NO_KIND = "(no kind)"


def print_evaluation(console: Console, evaluation: Evaluation) -> None:
    """The measures of all questions and of each kind with their intervals, then the times."""
    count = len(evaluation.asked)
    answerable = sum(bool(one.gold.evidence) for one in evaluation.asked)
    console.print(
        f"{_questions(count)}, {answerable} of them answerable. Below each mean its 95 % bootstrap "
        "interval.",
        markup=False,
    )
    groups = [evaluation.overall, *(evaluation.kinds if len(evaluation.kinds) > 1 else ())]
    for title, measures in (("Retrieval", RETRIEVAL), ("Answers", ANSWERS)):
        rows = [
            (_name(group, evaluation.overall), str(group.questions), group.estimates)
            for group in groups
            if any(measure in group.estimates for measure in measures)
        ]
        if rows:
            _grid(console, title, ("questions",), rows, measures, _share)
    console.print(
        f"Milliseconds, median and 95th percentile: retrieval {evaluation.retrieval.median:.1f} "
        f"and {evaluation.retrieval.p95:.1f}, answer {evaluation.answer.median:.1f} and "
        f"{evaluation.answer.p95:.1f}.",
        markup=False,
    )


def print_comparison(console: Console, comparison: Comparison, other: str) -> None:
    """The differences from an earlier run, then the questions that came out otherwise."""
    paired = comparison.same + sum(
        map(len, (comparison.better, comparison.worse, comparison.mixed))
    )
    console.print()
    console.print(
        f"Against {other}: {_questions(paired)} in both. Marked *: the 95 % interval of the "
        "change leaves out 0.",
        markup=False,
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
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
            _interval(one.change, _signed),
        )
    if comparison.differences:
        console.print(table)
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
        "Without each step: the change against all steps, below it its 95 % paired bootstrap "
        "interval; * where that leaves out 0.",
        markup=False,
    )
    changes = [(row.step, {one.measure: one.change for one in row.differences}) for row in rows]
    for title, measures in (("Retrieval", RETRIEVAL), ("Answers", ANSWERS)):
        cells = [(step, found) for step, found in changes if any(m in found for m in measures)]
        if cells:
            _grid(console, title, (), cells, measures, _signed)


def _grid(
    console: Console,
    title: str,
    more: Sequence[str],
    rows: Iterable[tuple[str | Mapping[Measure, Estimate], ...]],
    measures: Sequence[Measure],
    shown: Callable[[float], str],
) -> None:
    """A table: the first cell of a row its name, the last its estimates, each over its interval."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(title, max_width=_KIND_WIDTH, overflow="fold")
    for name in more:
        table.add_column(name, justify="right", no_wrap=True)
    for measure in measures:
        table.add_column(_SHORT.get(measure, str(measure)), justify="right", min_width=9)
    for *names, estimates in rows:
        assert isinstance(estimates, Mapping)
        cells: list[Text] = []
        for measure in measures:
            one = estimates.get(measure)
            if one is None:
                cells.append(Text("–", "dim"))
                continue
            signed = shown is _signed
            cell = Text(_marked(one) if signed else shown(one.mean))
            if signed:
                cell.stylize(_colour(one, measure))
            cell.append("\n" + _interval(one, shown), "dim")
            cells.append(cell)
        table.add_row(*(Text(str(name)) for name in names), *cells)
    console.print(table)


def _print_change(console: Console, change: Change) -> None:
    """A question on one line, and what changed below it."""
    head = Text(f"  {change.outcome.id}  ", "bold", no_wrap=True, overflow="ellipsis")
    head.append(" ".join(change.outcome.question.split()), "not bold")
    console.print(head, no_wrap=True, overflow="ellipsis")
    said = ", ".join(
        f"{measure} {_share(before)} → {_share(after)}"
        for measure, (before, after) in change.measures.items()
    )
    console.print(Text(f"      {said}", "dim"))


def _name(group: Group, overall: Group) -> str:
    return "all" if group is overall else group.kind or NO_KIND


def _questions(count: int) -> str:
    return f"{count} question" if count == 1 else f"{count} questions"


def _share(value: float) -> str:
    return f"{value:.2f}"


def _signed(value: float) -> str:
    """A change with its sign; one that rounds to nothing has none."""
    text = f"{value:+.2f}"
    return "0.00" if text in ("+0.00", "-0.00") else text.replace("-", "−")


def _marked(change: Estimate) -> str:
    return f"{_signed(change.mean)}{'*' if change.is_clear else ''}"


def _interval(one: Estimate, shown: Callable[[float], str]) -> str:
    if one.low is None or one.high is None:
        return "–"
    return (
        f"{shown(one.low)}–{shown(one.high)}"
        if shown is _share
        else (f"{shown(one.low)} … {shown(one.high)}")
    )


def _colour(change: Estimate, measure: Measure) -> str:
    """Green for what is better by more than chance, red for what is worse."""
    if not change.is_clear:
        return ""
    return "green" if change.mean * measure.direction > 0 else "red"
