"""Gold files and measures, and how good the assistant is on the gold."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import Assistant
from assistant.errors import GoldError
from assistant.evaluation import (
    Evidence,
    missing_evidence,
    quote_covers,
    read_gold,
    recall_at,
    reciprocal_rank,
)
from tests.conftest import GOLD, clauses_of

CLAUSES = clauses_of("一、甲。给予补贴。\n二、乙。给予奖励。\n三、丙。加强服务。\n")


def test_measures_are_the_formulas() -> None:
    """R@k is the share of evidence in the first k; the reciprocal rank that of the first found."""
    evidence = (Evidence("t.txt", "给予奖励"), Evidence("t.txt", "加强服务"))
    assert recall_at(1, evidence, CLAUSES) == 0
    assert recall_at(2, evidence, CLAUSES) == 0.5
    assert recall_at(3, evidence, CLAUSES) == 1
    assert reciprocal_rank(evidence, CLAUSES) == 0.5
    assert reciprocal_rank((Evidence("other.txt", "给予奖励"),), CLAUSES) == 0


def test_a_quote_covers_evidence_by_half() -> None:
    """Half of the evidence's characters inside the quote count."""
    text = "甲给予最高奖励乙"
    assert quote_covers(Evidence("t.txt", "给予最高奖励"), text, 0, 4)
    assert not quote_covers(Evidence("t.txt", "给予最高奖励"), text, 0, 3)
    assert not quote_covers(Evidence("t.txt", "没有"), text, 0, 8)


def test_the_gold_stands_in_the_clauses(assistant: Assistant) -> None:
    """Every piece of evidence is in some clause, or the gold is wrong."""
    store = assistant.snapshot.store
    clauses = [store.clause(row) for row in range(len(store))]
    for name in ("questions.jsonl", "own.jsonl"):
        assert missing_evidence(read_gold(GOLD / name), clauses) == []


@pytest.mark.parametrize(
    "line",
    ['{"question": "q"}', '{"question": "q", "evidence": [{"file": "f"}]}', "no json", "[1]"],
)
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    """The error gives the file, the line and what a line looks like."""
    path = tmp_path / "gold.jsonl"
    path.write_text('{"question": "q", "evidence": []}\n' + line + "\n", "utf-8")
    with pytest.raises(GoldError, match="line 2"):
        read_gold(path)
    with pytest.raises(GoldError, match="gone"):
        read_gold(tmp_path / "gone.jsonl")


@pytest.mark.model
@pytest.mark.parametrize(("name", "asked"), [("questions.jsonl", 56), ("own.jsonl", 60)])
def test_quality_on_the_five_documents(assistant: Assistant, name: str, asked: int) -> None:
    """R@5, MRR, the first citation and refusals stay above their floors, on the questions that the
    parameters were chosen on and on those that came later."""
    questions = read_gold(GOLD / name)
    recall, ranks, first, refused = [], [], [], []
    for question in questions:
        if not question.evidence:
            continue
        ranked = [hit.clause for hit in assistant.retrieve(question.question)]
        recall.append(recall_at(5, question.evidence, ranked))
        ranks.append(reciprocal_rank(question.evidence, ranked))
        answer = assistant.ask(question.question)
        refused.append(answer.abstained)
        cited = [citation.clause for citation in answer.citations[:1]]
        first.append(any(e.stands_in(c) for e in question.evidence for c in cited))
    count = len(recall)
    assert count == asked
    assert sum(recall) / count >= 0.92
    assert sum(ranks) / count >= 0.87
    assert sum(first) / count >= 0.80
    assert sum(refused) / count <= 0.08
