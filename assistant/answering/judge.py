"""Whether the clauses that were found state what is asked, or only speak of it.

「给予一定比例支持」 is about the share and does not say it. The sentence that is most about the
question is compared with the best one that states a thing of the kind asked for
(:mod:`~assistant.answering.states`): how much less of the question it holds, how much farther it
lies, how much lower its clause was ranked. A logistic function joins these; its coefficients were
fitted by ``benchmarks/refusal.py``, which says on what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from assistant.answering.confidence import logistic
from assistant.answering.evidence import EvidenceFinder, Sentence
from assistant.answering.states import Asked, asked_for, is_damaged, is_vague
from assistant.clauses import Clause
from assistant.index.dense import Vectors
from assistant.index.manifest import Background
from assistant.retrieval import Hit, Question
from assistant.text import clean

INTERCEPT = 5.16
PER_COVERED, PER_DEVIATION, PER_SCORE = 2.69, 0.031, -0.533
PER_OWN_DEVIATION, PER_VAGUE = 0.316, -2.64
THRESHOLD = 0.5
"""Below this the answer is a refusal: the clause does not state it."""
LOOKED_AT = 5
"""Hits whose sentences are looked at."""
_COVERED_WEIGHT = 3.0
"""What the share of the question's words counts beside a deviation of the cosine, where the
sentence is picked that is most about the question."""
_NOWHERE = (-1.0, -4.0)
"""What counts as the difference where no sentence states it: all the words, four deviations."""
_FAR = 4.0


class Verdict(Enum):
    """Whether what is asked is stated."""

    STATED = "stated"
    NOT_STATED = "not_stated"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and the sentence that is most about the question: ``text[start:end]`` of the
    document of ``clause``."""

    verdict: Verdict
    asked: Asked
    clause: Clause
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Features:
    """What the verdict is made of. The first three compare the best stating sentence of all hits
    with the sentence that is most about the question: share of its words (−1 to 0), deviations of
    the cosine, and how far its clause's score lies below the best. ``own_deviation`` does so within
    the best clause. ``vague`` says that the best clause's sentence gives something without
    saying how much."""

    covered: float
    deviation: float
    score: float
    own_deviation: float
    vague: bool

    @property
    def stated(self) -> float:
        """How sure it is (0 to 1) that what is asked is stated."""
        total = (
            INTERCEPT
            + PER_COVERED * self.covered
            + PER_DEVIATION * self.deviation
            + PER_SCORE * self.score
            + PER_OWN_DEVIATION * self.own_deviation
            + PER_VAGUE * self.vague
        )
        return logistic(total)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A sentence of a hit; ``about`` is how much it is about the question."""

    hit: Hit
    sentence: Sentence
    deviation: float
    about: float


class Judge:
    """Says of hits whether they state what a question asks. Safe to use from several threads."""

    def __init__(self, evidence: EvidenceFinder, background: Background) -> None:
        self._evidence = evidence
        self._background = background

    def judge(self, question: Question, vector: Vectors, hits: Sequence[Hit]) -> Judgement | None:
        """The judgement of ``hits`` (best first, of the places asked about); ``None`` where the
        question asks for nothing that a sentence could be seen to lack."""
        asked = asked_for(question.kinds, question.topic)
        if asked is None or not hits:
            return None
        seen = self._seen(question, vector, hits)
        if not seen:
            return None
        top = _most_about([one for one in seen if one.hit is hits[0]] or seen)
        clause, sentence = top.hit.clause, top.sentence
        verdict = Verdict.STATED
        if self._features(seen, hits[0]).stated < THRESHOLD:
            verdict = Verdict.NOT_STATED
        said = clean(clause.document.text[sentence.start : sentence.end])
        lacking = verdict is Verdict.NOT_STATED or not sentence.answers
        if lacking and is_damaged(said, asked, question.words):
            verdict = Verdict.DAMAGED
        return Judgement(verdict, asked, clause, sentence.start, sentence.end)

    def features(self, question: Question, vector: Vectors, hits: Sequence[Hit]) -> Features | None:
        """What the judgement of ``hits`` is made of; ``None`` where there is none."""
        if asked_for(question.kinds, question.topic) is None or not hits:
            return None
        seen = self._seen(question, vector, hits)
        return self._features(seen, hits[0]) if seen else None

    def _seen(self, question: Question, vector: Vectors, hits: Sequence[Hit]) -> list[_Seen]:
        seen: list[_Seen] = []
        for hit in hits[:LOOKED_AT]:
            for sentence in self._evidence.sentences(hit.clause, question, vector):
                deviation = self._background.sentence_deviations(sentence.cosine)
                about = _COVERED_WEIGHT * sentence.covered + deviation
                seen.append(_Seen(hit, sentence, deviation, about))
        return seen

    @staticmethod
    def _features(seen: Sequence[_Seen], best: Hit) -> Features:
        own = [one for one in seen if one.hit is best]
        top = _most_about(own or seen)
        covered, deviation, score = (*_NOWHERE, _FAR)
        stating = [one for one in seen if one.sentence.answers]
        if stating:
            most = _most_about(seen)
            one = max(stating, key=lambda one: one.about - 0.5 * (best.score - one.hit.score))
            covered = one.sentence.covered - most.sentence.covered
            deviation = one.deviation - most.deviation
            score = best.score - one.hit.score
        own_deviation = _NOWHERE[1]
        if own_stating := [one for one in own if one.sentence.answers]:
            one = _most_about(own_stating)
            own_deviation = one.deviation - top.deviation
        said = top.hit.clause.document.text[top.sentence.start : top.sentence.end]
        return Features(covered, deviation, score, own_deviation, is_vague(said))


def _most_about(seen: Sequence[_Seen]) -> _Seen:
    return max(seen, key=lambda one: one.about)
