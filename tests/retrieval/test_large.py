"""The five policies among many foreign articles: the small cut of ``benchmarks/large.py``."""

from __future__ import annotations

import random
import re
import statistics

import pytest

from assistant import Assistant
from assistant.evaluation import GoldQuestion, read_gold, recall_at
from assistant.index import Tokenizer
from assistant.retrieval import Step
from tests.conftest import GOLD
from tests.small import FIVE, Library

ARTICLES, PER_LAW = 1_200, 60


def foreign_laws() -> dict[str, str]:
    """Laws of no place whose articles are made of the policies' own phrases, so that they share
    every word with them."""
    rng = random.Random(5)
    phrases = [
        phrase
        for text in FIVE.values()
        for phrase in re.findall(r"[\u4e00-\u9fff]{6,24}", text)
        if not re.search("杭州|成都|嘉兴|深圳|城综试区|浙江|四川|广东", phrase)
    ]
    laws: dict[str, str] = {}
    for number in range(ARTICLES // PER_LAW):
        articles = [
            f"第{_chinese(i)}条 {'，'.join(rng.sample(phrases, 4))}。"
            for i in range(1, PER_LAW + 1)
        ]
        title = f"贸易促进条例{_chinese(number + 1)}号"
        laws[f"laws/{number}.txt"] = "\n".join([title, *articles]) + "\n"
    return laws


def _chinese(value: int) -> str:
    digits = "零一二三四五六七八九"
    tens, ones = divmod(value, 10)
    if tens == 0:
        return digits[ones]
    return f"{digits[tens] if tens > 1 else ''}十{digits[ones] if ones else ''}"


@pytest.fixture(scope="module")
def among(tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer) -> Library:
    folder = tmp_path_factory.mktemp("large")
    (folder / "documents" / "laws").mkdir(parents=True)
    return Library(folder, {**FIVE, **foreign_laws()}, tokenizer)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer) -> Assistant:
    return Library(tmp_path_factory.mktemp("alone"), FIVE, tokenizer).open()


def recall(assistant: Assistant, questions: list[GoldQuestion]) -> float:
    return statistics.mean(
        recall_at(5, q.evidence, [hit.clause for hit in assistant.retrieve(q.question)])
        for q in questions
    )


def test_a_place_keeps_its_recall_among_foreign_articles(among: Library, alone: Assistant) -> None:
    """Questions that name a place lose no more than two points of R@5 among six times as many
    foreign articles of the same words; without the steering by places they lose far more."""
    understood = alone._retriever.understanding
    questions = [
        question
        for question in read_gold(GOLD / "questions.jsonl")
        if question.evidence and understood.read(question.question).held
    ]
    assert len(questions) > 40
    large = among.open()
    assert len(large.snapshot.store) > ARTICLES
    before = recall(alone, questions)
    assert recall(large, questions) >= before - 0.02
    assert recall(among.open(without=[Step.PLACES]), questions) < before - 0.1
