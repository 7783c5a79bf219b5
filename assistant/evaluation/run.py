"""Gold questions asked → :class:`Evaluation`: what came back for each, and the measures."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from assistant.answering import Answer
from assistant.errors import GoldError, QuestionError
from assistant.evaluation.gold import Evidence, GoldQuestion
from assistant.evaluation.intervals import Estimate, Times, estimate, times
from assistant.evaluation.measures import DEPTH, Measure, Values, of_answer, of_ranking
from assistant.progress import Progress, ProgressCallback, silent
from assistant.retrieval import Hit

ALL, NO_KIND = "all", "(no kind)"
"""Names of the group of all questions, and of those that are given no kind."""


class Asker(Protocol):
    """What is evaluated: :class:`assistant.Assistant`, or anything that answers like it."""

    def retrieve(
        self,
        question: str,
        *,
        top_k: int = 10,
        regions: Collection[str] | None = None,
        documents: Collection[str] | None = None,
        as_of: date | None = None,
    ) -> list[Hit]: ...

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Answer] = (),
        regions: Collection[str] | None = None,
        documents: Collection[str] | None = None,
        as_of: date | None = None,
    ) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A gold question, what came back, and its measures.

    ``understood_as`` is the question that was answered and retrieved for, where it leans on one
    before. ``found_at`` gives for each piece of evidence the rank (from 1) of the first of the
    first ten hits that holds it. ``hits`` are the addresses of these hits, ``cited`` those of the
    cited clauses, ``quotes`` what is quoted of them. Times are milliseconds of one call each.
    """

    gold: GoldQuestion
    understood_as: str | None
    found_at: tuple[int | None, ...]
    hits: tuple[str, ...]
    cited: tuple[str, ...]
    quotes: tuple[str, ...]
    refused: bool
    reason: str | None
    values: Values
    retrieval_ms: float
    answer_ms: float


@dataclass(frozen=True, slots=True)
class Group:
    """The measures of some questions, of one kind or of all, ``answerable`` of them with evidence.
    A measure that none of them has a value for is left out."""

    kind: str
    questions: int
    answerable: int
    estimates: Mapping[Measure, Estimate]

    @property
    def name(self) -> str:
        """The kind, as shown."""
        return self.kind or NO_KIND


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The measures of all questions and of each kind, in the order in which the kinds come up, the
    times that a retrieval and an answer took, and each question's own result."""

    overall: Group
    kinds: tuple[Group, ...]
    retrieval: Times
    answer: Times
    asked: tuple[Asked, ...]


def evaluate(
    asker: Asker,
    questions: Sequence[GoldQuestion],
    places: Mapping[Evidence, Sequence[str]],
    progress: ProgressCallback = silent,
) -> Evaluation:
    """Asks every question (at least one) and measures what comes back.

    ``places`` says for each piece of evidence which clauses hold it, by their ids. A question of a
    dialogue is asked behind its ``history``; what is retrieved for it is what the question is
    taken to mean there. The first question is asked once before, so that no time counts what is
    loaded only once. Raises :class:`GoldError` where a question can't be asked.
    """
    _ask(asker, questions[0], places)
    asked: list[Asked] = []
    for done, question in enumerate(questions):
        progress(Progress("ask", done, len(questions)))
        asked.append(_ask(asker, question, places))
    progress(Progress("ask", len(questions), len(questions)))
    return summarise(asked)


def summarise(asked: Sequence[Asked]) -> Evaluation:
    """The measures and times over questions that have been asked (at least one)."""
    kinds = dict.fromkeys(one.gold.kind for one in asked)
    return Evaluation(
        overall=group(ALL, asked),
        kinds=tuple(group(kind, [a for a in asked if a.gold.kind == kind]) for kind in kinds),
        retrieval=times([one.retrieval_ms for one in asked]),
        answer=times([one.answer_ms for one in asked]),
        asked=tuple(asked),
    )


def group(kind: str, asked: Sequence[Asked]) -> Group:
    """The mean of each measure over those of the questions that have it."""
    estimates: dict[Measure, Estimate] = {}
    for measure in Measure:
        values = [one.values[measure] for one in asked if measure in one.values]
        if values:
            estimates[measure] = estimate(values)
    return Group(kind, len(asked), sum(bool(one.gold.evidence) for one in asked), estimates)


def _ask(asker: Asker, gold: GoldQuestion, places: Mapping[Evidence, Sequence[str]]) -> Asked:
    regions, documents = gold.regions or None, gold.documents or None
    history: list[Answer] = []
    try:
        for earlier in gold.history:
            history.append(
                asker.ask(
                    earlier,
                    history=tuple(history),
                    regions=regions,
                    documents=documents,
                    as_of=gold.as_of,
                )
            )
        begin = time.perf_counter()
        answer = asker.ask(
            gold.question,
            history=tuple(history),
            regions=regions,
            documents=documents,
            as_of=gold.as_of,
        )
        answered = time.perf_counter()
        meant = answer.understood_as if history else None
        hits = asker.retrieve(
            meant or gold.question,
            top_k=DEPTH,
            regions=regions,
            documents=documents,
            as_of=gold.as_of,
        )
        end = time.perf_counter()
    except QuestionError as error:
        raise GoldError(f"Question {gold.id}: {error.message}", error.remedy) from error
    found = [hit.clause.id for hit in hits]
    held_by = [places.get(one, ()) for one in gold.evidence]
    ranking = of_ranking(held_by, found) if gold.evidence else {}
    return Asked(
        gold=gold,
        understood_as=meant,
        found_at=tuple(_first_rank(ids, found) for ids in held_by),
        hits=tuple(hit.clause.address for hit in hits),
        cited=tuple(dict.fromkeys(c.clause.address for c in answer.citations)),
        quotes=tuple(citation.quote for citation in answer.citations),
        refused=answer.abstained,
        reason=str(answer.reason) if answer.reason else None,
        values={**ranking, **of_answer(gold, answer)},
        retrieval_ms=(end - answered) * 1e3,
        answer_ms=(answered - begin) * 1e3,
    )


def _first_rank(ids: Sequence[str], found: Sequence[str]) -> int | None:
    return next((rank for rank, ident in enumerate(found, start=1) if ident in ids), None)
