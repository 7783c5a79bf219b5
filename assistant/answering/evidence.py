"""Clause → quotes: the sentence or sentences of it that answer.

Each sentence is scored by the words that it shares with the question, weighed by rarity, and by
the cosine of its vector to the question's; both standardised over the clause's sentences. The best
one is the quote, with those beside it that answer nearly as well. Who is responsible stands in a
bracket of its own at the clause's end: asked for, it is a second quote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from assistant.clauses import Clause, responsible_span
from assistant.index import Encoder
from assistant.index.dense import Vectors
from assistant.retrieval.kinds import Kind
from assistant.text import clean

Weight = Callable[[str], float]
"""A word's weight: its inverse document frequency."""
Words = Callable[[str], Sequence[str]]
"""A text's words."""

_NEAR = 0.6
"""A neighbour joins the quote if its score, counted from the worst sentence's, is at least this
share of the best one's (``benchmarks/evidence.py``)."""
_MAX_QUOTE = 400
_ENCODED = 40
_KIND_BONUS = 1.0
"""Added, in deviations, for a sentence that holds what is asked for: a date, an amount."""
_HAS_KIND = {
    Kind.WHEN: re.compile(r"\d{4}\s*年|\d+\s*月|\d+\s*日|有效期|起施行|起实施|年底|期限|之日"),
    Kind.AMOUNT: re.compile(r"\d|[一二三四五六七八九十百千两]+(?:万|个|家|成|倍|元)"),
}
_GOES_BACK = re.compile(r"^(?:其中|上述|前款|该|此|对其|单个企业)")
_OPENS_LIST = re.compile(r"[:：]$")
_LIST_ITEM = re.compile(r"^[(（]?\s*[一二三四五六七八九十\d①-⑳]{1,3}\s*[)）、.．]?")


@dataclass(frozen=True, slots=True)
class Quote:
    """``text[start:end]`` of the clause's document."""

    start: int
    end: int


def find_quotes(
    clause: Clause,
    words: Sequence[str],
    kind: Kind,
    vector: Vectors,
    encoder: Encoder,
    words_of: Words,
    weight: Weight,
) -> tuple[Quote, ...]:
    """The parts of ``clause`` that answer a question with those content ``words``, of that ``kind``
    and with that ``vector`` (normalised); one or two, in the order of the text."""
    text = clause.document.text
    spans = list(clause.sentences())
    body = _without_heading(clause, spans)
    named = responsible_span(clause) if kind is Kind.WHO else None
    if named:
        body = [(start, min(end, named[0])) for start, end in body if start < named[0]]
    first = _best(text, body, words, kind, vector, encoder, words_of, weight)
    quote = first or Quote(clause.start, clause.end)
    if named is None or quote.end > named[0]:
        return (quote,)
    if not text[quote.end : named[0]].strip():
        return (Quote(quote.start, named[1]),)
    return quote, Quote(*named)


def _best(
    text: str,
    body: Sequence[tuple[int, int]],
    words: Sequence[str],
    kind: Kind,
    vector: Vectors,
    encoder: Encoder,
    words_of: Words,
    weight: Weight,
) -> Quote | None:
    """The sentences of ``body`` that answer; ``None`` where there are none."""
    if len(body) <= 1:
        return Quote(*body[0]) if body else None
    shown = [clean(text[start:end]) for start, end in body]
    wanted = set(words)
    shared = np.array([sum(map(weight, wanted & set(words_of(s)))) for s in shown])
    # of a long clause only the sentences with the most of the question's words are encoded
    looked_at = np.sort(np.argsort(-shared, kind="stable")[:_ENCODED])
    near = np.full(len(shown), np.nan)
    near[looked_at] = encoder.encode_passages([shown[i] for i in looked_at]) @ vector
    near[np.isnan(near)] = np.nanmin(near)
    score = _standard(shared) + _standard(near)
    if pattern := _HAS_KIND.get(kind):
        score += _KIND_BONUS * np.array([bool(pattern.search(s)) for s in shown])
    return _grow(text, body, score)


def _without_heading(clause: Clause, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The clause's sentences less its heading, which names the subject but answers nothing."""
    text = clause.document.text
    if len(spans) > 1 and clause.heading:
        first = clean(text[slice(*spans[0])]).rstrip("。：: ")
        if first.endswith(clean(clause.heading)):
            return list(spans[1:])
    return list(spans)


def _standard(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    deviation = values.std()
    if deviation < 1e-9:
        return np.zeros_like(values)
    result: npt.NDArray[np.float64] = (values - values.mean()) / deviation
    return result


def _grow(text: str, spans: Sequence[tuple[int, int]], score: npt.NDArray[np.float64]) -> Quote:
    """The best sentence with the neighbours that belong to it."""
    at = int(np.argmax(score))
    floor = score.min()
    enough = floor + _NEAR * (score[at] - floor)
    first = last = at

    def fits(a: int, b: int) -> bool:
        """Whether the sentences ``a`` to ``b`` make one quote: short enough, nothing left out."""
        gaps = (text[x[1] : y[0]] for x, y in pairwise(spans[a : b + 1]))
        return spans[b][1] - spans[a][0] <= _MAX_QUOTE and not any(gap.strip() for gap in gaps)

    while last + 1 < len(spans) and score[last + 1] >= enough and fits(first, last + 1):
        last += 1
    while first > 0 and score[first - 1] >= enough and fits(first - 1, last):
        first -= 1
    while first > 0 and _GOES_BACK.match(text[slice(*spans[first])]) and fits(first - 1, last):
        first -= 1
    if _OPENS_LIST.search(text[slice(*spans[last])]):
        while (
            last + 1 < len(spans)
            and _LIST_ITEM.match(text[slice(*spans[last + 1])])
            and fits(first, last + 1)
        ):
            last += 1
    return Quote(spans[first][0], spans[last][1])
