"""Clause → quotes: the sentence or sentences of it that answer.

Each sentence is scored by the words that it shares with the question, weighed by rarity, and by
the cosine of its vector (kept in the index) to the question's; both standardised over the clause's
sentences. The best one is the quote, with those beside it that answer nearly as well. Who is
responsible stands in a bracket of its own at the clause's end: asked for, it is a second quote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from assistant.answering.states import Asked, asked_for, states
from assistant.clauses import Clause, responsible_span
from assistant.index import Tokenizer
from assistant.index.dense import Vectors
from assistant.retrieval import Kind, Question, Retriever
from assistant.text import clean, without_bold

_NEAR = 0.6
"""A neighbour joins the quote if its score, counted from the worst sentence's, is at least this
share of the best one's (``benchmarks/evidence.py``)."""
_MAX_QUOTE = 400
_STATES_BONUS = 1.0
"""Added, in deviations, for a sentence that states what is asked for: a date, an amount."""
_GOES_BACK = re.compile(
    r"^(?:其中|上述|前款|该|此|对其|单个|单家|单项|每家|每个|同一|最高|最多|累计|合计|但|且|并|超过|不足|其余)"
)
"""How a sentence begins that means nothing without the one before it."""
_OPENS_LIST = re.compile(r"[:：]$")
_LIST_ITEM = re.compile(r"^[(（]?\s*[一二三四五六七八九十\d①-⑳]{1,3}\s*[)）、.．]?")
_WORD = re.compile(r"\w")
_HALF = re.compile(r"[;；]$")


@dataclass(frozen=True, slots=True)
class Quote:
    """``text[start:end]`` of the clause's document."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a clause, ``text[start:end]`` of its document, beside a question.

    ``covered`` (0 to 1) is the share of the question's words that it holds, weighed by rarity,
    ``cosine`` (−1 to 1) its nearness; ``answers`` whether it states the kind of thing asked for.
    """

    start: int
    end: int
    covered: float
    cosine: float
    answers: bool


class EvidenceFinder:
    """Finds in a clause what answers a question. Safe to use from several threads."""

    def __init__(self, retriever: Retriever, tokenizer: Tokenizer) -> None:
        self._retriever = retriever
        self._tokenizer = tokenizer

    def sentences(self, clause: Clause, question: Question, vector: Vectors) -> list[Sentence]:
        """The sentences of a clause, less its heading, which names the subject but answers
        nothing, and the bracket of who is responsible. ``vector`` is the question's."""
        snapshot = self._retriever.snapshot
        row = snapshot.store.row_of_id(clause.id)
        cosines = snapshot.channels.sentences(vector, row) if row is not None else None
        text = clause.document.text
        asked = asked_for(question.kinds, question.topic)
        named = responsible_span(clause)
        found: list[Sentence] = []
        spans = list(clause.sentences())
        first = 1 if _begins_with_heading(clause, spans) else 0
        for i, (start, end) in enumerate(spans[first:], start=first):
            if named and start >= named[0]:
                continue
            stop = min(end, named[0]) if named else end
            words = frozenset(self._tokenizer.tokens(text[start:stop]))
            found.append(
                Sentence(
                    start,
                    stop,
                    self._retriever.covered(question, words),
                    float(cosines[i]) if cosines is not None else 0.0,
                    asked is not None and _states(asked, clause, start, stop),
                )
            )
        return found

    def quotes(self, clause: Clause, question: Question, vector: Vectors) -> tuple[Quote, ...]:
        """The parts of ``clause`` that answer; one or two, in the order of the text."""
        text = clause.document.text
        body = self.sentences(clause, question, vector)
        named = responsible_span(clause) if Kind.WHO in question.kinds else None
        quote = _best(text, body) if body else Quote(clause.start, clause.end)
        if named is None or quote.end > named[0]:
            return (quote,)
        if not text[quote.end : named[0]].strip():
            return (Quote(quote.start, named[1]),)
        return quote, Quote(*named)


def _states(asked: Asked, clause: Clause, start: int, end: int) -> bool:
    if Kind.WHO in asked.kinds and responsible_span(clause):
        return True
    return states(asked, clause.document.text, start, end)


def _begins_with_heading(clause: Clause, spans: Sequence[tuple[int, int]]) -> bool:
    if len(spans) < 2 or not clause.heading:
        return False
    first = without_bold(clean(clause.document.text[slice(*spans[0])]).rstrip("。：: "))
    return first.endswith(clean(clause.heading))


def _best(text: str, body: Sequence[Sentence]) -> Quote:
    """The sentences of ``body`` that answer."""
    score = (
        _standard(np.array([sentence.covered for sentence in body]))
        + _standard(np.array([sentence.cosine for sentence in body]))
        + _STATES_BONUS * np.array([sentence.answers for sentence in body])
    )
    return _grow(text, body, score)


def _standard(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    deviation = values.std()
    if deviation < 1e-9:
        return np.zeros_like(values)
    result: npt.NDArray[np.float64] = (values - values.mean()) / deviation
    return result


def _grow(text: str, body: Sequence[Sentence], score: npt.NDArray[np.float64]) -> Quote:
    """The best sentence with the neighbours that belong to it."""
    spans = [(sentence.start, sentence.end) for sentence in body]
    at = int(np.argmax(score))
    floor = score.min()
    enough = floor + _NEAR * (score[at] - floor)
    first = last = at

    def fits(a: int, b: int) -> bool:
        """Whether the sentences ``a`` to ``b`` make one quote: short enough, no words left out."""
        gaps = (text[x[1] : y[0]] for x, y in pairwise(spans[a : b + 1]))
        return spans[b][1] - spans[a][0] <= _MAX_QUOTE and not any(map(_WORD.search, gaps))

    while last + 1 < len(spans) and score[last + 1] >= enough and fits(first, last + 1):
        last += 1
    while first > 0 and score[first - 1] >= enough and fits(first - 1, last):
        first -= 1
    while first > 0 and _GOES_BACK.match(text[slice(*spans[first])]) and fits(first - 1, last):
        first -= 1
    if not any(sentence.answers for sentence in body[first : last + 1]):
        # what is asked for may stand behind a semicolon: …的，由公安机关处罚；处二百元罚款
        reach = last
        while (
            _HALF.search(text[slice(*spans[reach])])
            and reach + 1 < len(spans)
            and fits(first, reach + 1)
        ):
            reach += 1
            if body[reach].answers:
                last = reach
                break
    if _OPENS_LIST.search(text[slice(*spans[last])]):
        while (
            last + 1 < len(spans)
            and _LIST_ITEM.match(text[slice(*spans[last + 1])])
            and fits(first, last + 1)
        ):
            last += 1
    return Quote(spans[first][0], spans[last][1])
