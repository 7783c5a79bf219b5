"""Questions asked of a small stand-in for an assistant: results, comparisons, steps left out."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rich.console import Console

from assistant.answering import Answer, Citation, Reason
from assistant.errors import GoldError, QuestionError, ResultsError
from assistant.evaluation import (
    Ablation,
    Difference,
    Estimate,
    Evaluation,
    Evidence,
    GoldQuestion,
    Measure,
    Outcome,
    ablate,
    clauses_with,
    compare,
    evaluate,
    outcome,
)
from assistant.evaluation.report import print_ablation
from assistant.evaluation.results import evaluation_data, read_outcomes
from assistant.progress import Progress
from assistant.retrieval import Hit
from tests.conftest import clauses_of, examples

CLAUSES = clauses_of("一、甲。给予补贴。\n二、乙。给予奖励。\n三、丙。加强服务。\n")


class ByCharacters:
    """Finds the clauses that share most characters with the question, quotes the best one, and
    refuses where none is shared. Without its one step, ``sorted``, the best comes last."""

    def __init__(self, without: Collection[str] = ()) -> None:
        self.without = without
        self.calls: list[tuple[str, object]] = []

    def retrieve(
        self,
        question: str,
        *,
        top_k: int = 10,
        regions: Collection[str] | None = None,
        documents: Collection[str] | None = None,
        as_of: date | None = None,
    ) -> list[Hit]:
        self.calls.append((question, (regions, documents, as_of)))
        found = sorted(CLAUSES, key=lambda c: -len({*c.text} & {*question} - {*"一二三、。"}))
        found = found[1:] + found[:1] if "sorted" in self.without else found
        return [Hit(clause, 0.0, {}) for clause in found[:top_k]]

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Answer] = (),
        regions: Collection[str] | None = None,
        documents: Collection[str] | None = None,
        as_of: date | None = None,
    ) -> Answer:
        if not question.strip("?"):
            raise QuestionError("The question is empty.", "Ask something.")
        meant = (
            f"{history[-1].understood_as or history[-1].question}{question}" if history else None
        )
        self.calls.append((question, [answer.question for answer in history]))
        hits = self.retrieve(meant or question, regions=regions, documents=documents, as_of=as_of)
        best = hits[0].clause
        if not {*best.text} & {*(meant or question)}:
            return Answer(question, "", (), True, Reason.TOPIC, 0.0, understood_as=meant)
        cited = Citation(best, best.text, best.start, best.end, best.address)
        return Answer(question, best.text, (cited,), False, None, 1.0, understood_as=meant)


def question(ident: str, text: str, *quotes: str, kind: str = "", **more: object) -> GoldQuestion:
    evidence = tuple(Evidence("t.txt", quote) for quote in quotes)
    return GoldQuestion(ident, text, kind, evidence, **more)  # type: ignore[arg-type]


QUESTIONS = (
    question("1", "补贴", "给予补贴", kind="钱"),
    question("2", "奖励", "加强服务", kind="钱"),
    question("3", "xyz", refusal=Reason.TOPIC),
    question("4", "xyz", refusal=Reason.PLACE),
)
PLACES = clauses_with((e for q in QUESTIONS for e in q.evidence), CLAUSES)


def run(asker: ByCharacters | None = None) -> Evaluation:
    return evaluate(asker or ByCharacters(), QUESTIONS, PLACES)


def test_every_question_is_asked_and_measured() -> None:
    """The measures are means over the questions that have them, of all and of each kind; each
    question keeps what came back."""
    reports: list[Progress] = []
    found = evaluate(ByCharacters(), QUESTIONS, PLACES, reports.append)
    means = {measure: one.mean for measure, one in found.overall.estimates.items()}
    assert means[Measure.R1] == 0.5
    assert means[Measure.R5] == 1
    assert means[Measure.MRR] == pytest.approx((1 + 1 / 3) / 2)
    assert means[Measure.CITATION] == means[Measure.QUOTE] == 0.5
    assert means[Measure.REFUSED] == 0
    assert means[Measure.DECLINED] == 1
    assert means[Measure.REASON] == 0.5
    assert (found.overall.questions, found.overall.answerable) == (4, 2)
    assert [(group.name, group.questions) for group in found.kinds] == [("钱", 2), ("(no kind)", 2)]
    assert Measure.R1 not in found.kinds[1].estimates
    second, third = found.asked[1:3]
    assert second.found_at == (3,)
    assert second.hits[0] == CLAUSES[1].address
    assert second.quotes == (CLAUSES[1].text,)
    assert (third.refused, third.reason) == (True, "topic_not_covered")
    assert min(one.answer_ms for one in found.asked) >= 0
    assert (reports[0], reports[-1]) == (Progress("ask", 0, 4), Progress("ask", 4, 4))


def test_a_dialogue_is_asked_in_order_and_with_its_filters() -> None:
    """Each earlier question is asked behind those before it; retrieval gets the question as it is
    understood there; filters go with every call, and none where none is given."""
    asker = ByCharacters()
    asked = question(
        "d", "丙", "加强服务", history=("甲", "乙"), regions=("杭州",), as_of=date(2025, 1, 1)
    )
    found = evaluate(asker, [asked], PLACES)
    assert found.asked[0].understood_as == "甲乙丙"
    histories = [said for text, said in asker.calls if isinstance(said, list)]
    assert histories[-3:] == [[], ["甲"], ["甲", "乙"]]
    assert asker.calls[-1] == ("甲乙丙", (("杭州",), None, date(2025, 1, 1)))


def test_a_question_that_cannot_be_asked_is_named() -> None:
    """The gold is to blame: the error has the question's id and the reason."""
    with pytest.raises(GoldError, match="Question q7: The question is empty"):
        evaluate(ByCharacters(), [question("q7", "?")], {})


def test_a_comparison_says_what_got_better_and_worse() -> None:
    """Questions are paired by id and words; the change is after − before."""
    before = [
        Outcome("a", "甲", "", {Measure.R5: 0.0, Measure.MRR: 0.0}),
        Outcome("b", "乙", "", {Measure.R5: 1.0, Measure.REFUSED: 0.0}),
        Outcome("c", "丙", "", {Measure.R5: 0.5, Measure.MRR: 1.0}),
        Outcome("d", "丁", "", {Measure.R5: 1.0}),
        Outcome("e", "戊", "", {Measure.R5: 1.0}),
    ]
    after = [
        Outcome("a", "甲", "", {Measure.R5: 1.0, Measure.MRR: 0.5}),
        Outcome("b", "乙", "", {Measure.R5: 1.0, Measure.REFUSED: 1.0}),
        Outcome("c", "丙", "", {Measure.R5: 1.0, Measure.MRR: 0.5}),
        Outcome("d", "丁", "", {Measure.R5: 1.0}),
        Outcome("e", "另一个", "", {Measure.R5: 0.0}),
    ]
    found = compare(before, after)
    assert [change.outcome.id for change in found.better] == ["a"]
    assert found.better[0].measures == {Measure.R5: (0.0, 1.0), Measure.MRR: (0.0, 0.5)}
    assert [change.outcome.id for change in found.worse] == ["b"]  # refused, and answerable
    assert [change.outcome.id for change in found.mixed] == ["c"]
    assert (found.same, found.gone, found.added) == (1, ("e",), ("e",))
    recall = next(one for one in found.differences if one.measure is Measure.R5)
    assert (recall.before, recall.after) == (0.625, 1.0)
    assert recall.change.mean == 0.375
    assert recall.change.count == 4


VALUES = st.dictionaries(st.sampled_from(list(Measure)), st.floats(0, 1), max_size=3)


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=5))
@hypothesis_settings(max_examples=examples(15), deadline=None)
def test_comparing_the_other_way_round_turns_everything_round(
    pairs: list[tuple[dict[Measure, float], dict[Measure, float]]],
) -> None:
    """What was better is worse; changes change their sign; every question is in one list."""
    one = [Outcome(str(i), "问", "", values) for i, (values, _) in enumerate(pairs)]
    other = [Outcome(str(i), "问", "", values) for i, (_, values) in enumerate(pairs)]
    there, back = compare(one, other), compare(other, one)
    assert {c.outcome.id for c in there.better} == {c.outcome.id for c in back.worse}
    assert {c.outcome.id for c in there.mixed} == {c.outcome.id for c in back.mixed}
    assert [d.change.mean for d in there.differences] == pytest.approx(
        [-d.change.mean for d in back.differences]
    )
    listed = len(there.better) + len(there.worse) + len(there.mixed) + there.same
    assert listed == len(pairs)


def test_each_step_is_left_out_alone() -> None:
    """A row for each step, against all steps; a step that does nothing changes nothing."""
    opened: list[frozenset[str]] = []

    def open_without(steps: frozenset[str]) -> ByCharacters:
        opened.append(steps)
        return ByCharacters(steps)

    reports: list[Progress] = []
    rows = ablate(open_without, ["sorted", "idle"], QUESTIONS, PLACES, run(), reports.append)
    assert opened == [frozenset({"sorted"}), frozenset({"idle"})]
    changes = {row.step: {d.measure: d.change.mean for d in row.differences} for row in rows}
    # evidence at ranks 1 and 3 goes to 3 and 2
    assert changes["sorted"][Measure.MRR] == pytest.approx((1 / 3 + 1 / 2) / 2 - (1 + 1 / 3) / 2)
    assert set(changes["idle"].values()) == {0.0}
    assert reports[-1] == Progress("ask", 8, 8)
    assert [report.done for report in reports] == sorted(report.done for report in reports)


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    """A run compared with its own file has not changed; what is no such file is named."""
    found = run()
    path = tmp_path / "results.json"
    path.write_text(json.dumps(evaluation_data(found, {"gold": ["g"]})), "utf-8")
    comparison = compare(read_outcomes(path), map(outcome, found.asked))
    assert comparison.same == len(QUESTIONS)
    assert all(one.change.mean == 0 for one in comparison.differences)
    for text, said in (
        ("{", "can't be read"),
        ("[]", "no results"),
        ('{"results": [], "format": 99}', "format 99, this program reads 1"),
        ('{"results": [{}], "format": 1}', "a result that is none"),
    ):
        path.write_text(text, "utf-8")
        with pytest.raises(ResultsError, match=said):
            read_outcomes(path)
    with pytest.raises(ResultsError, match="can't be read"):
        read_outcomes(tmp_path / "gone.json")


def test_a_report_shows_changes_with_their_sign() -> None:
    """An ablation fits 80 columns: a change above its interval, a mere 0 where nothing changed, a
    sign also where it rounds to nothing."""
    rows = [
        Ablation("a", (Difference(Measure.R5, 0.5, 0.25, Estimate(-0.25, -0.4, -0.001, 9)),)),
        Ablation("b", (Difference(Measure.R5, 0.5, 0.5, Estimate(0.0, 0.0, 0.0, 9)),)),
        Ablation("c", (Difference(Measure.R5, 0.5, 1.0, Estimate(0.5, None, None, 1)),)),
    ]
    console = Console(width=80, record=True, file=StringIO())
    print_ablation(console, rows)
    shown = [line.split() for line in console.export_text().splitlines()]
    assert ["a", "−0.25*"] in shown
    assert ["−.40…−.00"] in shown
    assert ["b", "0"] in shown
    assert ["c", "+0.50"] in shown
