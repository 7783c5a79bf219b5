"""Question → answer: the best clauses quoted, or a refusal with what is nearest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from assistant.answering import compose
from assistant.answering.answer import Answer, Citation, Reason, TableRow
from assistant.answering.confidence import LOOKED_AT, THRESHOLD, UNSURE, confidence
from assistant.answering.evidence import find_quotes
from assistant.answering.followup import follow_up
from assistant.answering.verify import verify
from assistant.answering.words import WORDS
from assistant.clauses import Clause
from assistant.index import Encoder, Tokenizer
from assistant.index.dense import Vectors
from assistant.retrieval import (
    ADDRESS,
    Filters,
    Hit,
    Question,
    Retriever,
    addressed,
    place_of,
    with_first,
)
from assistant.text import fold

CLOSE = 0.5
"""A further clause is cited if its fused score is at most this far below the best one's. From 0.5
to 1 the answers to both gold files cite the same evidence, at 0.5 with the fewest clauses that hold
none (``benchmarks/evidence.py``)."""
_DEPTH, _NEAREST = 10, 3


class Responder:
    """Answers questions from what a retriever finds. Safe to use from several threads."""

    def __init__(
        self,
        retriever: Retriever,
        encoder: Encoder,
        tokenizer: Tokenizer,
        *,
        citations: int,
    ) -> None:
        self._retriever = retriever
        self._encoder = encoder
        self._tokenizer = tokenizer
        self._citations = citations

    def respond(
        self,
        text: str,
        *,
        history: Sequence[Answer] = (),
        filters: Filters = Filters(),  # noqa: B008 - immutable
        today: date,
        language: str,
    ) -> Answer:
        """The answer to ``text`` as of ``today``, its frame in ``language``."""
        asked = self._retriever.understanding.read(text)
        leaning = follow_up(asked, history, self._retriever.understanding)
        understood_as = leaning.question if leaning else None
        question = self._retriever.understanding.read(understood_as) if understood_as else asked
        vector = self._retriever.encode(question)
        hits = self._retriever.search(question, vector, _DEPTH, filters)
        if leaning and leaning.about:
            hits = with_first(hits, leaning.about)
        outside = self._outside(question, filters)
        if not hits or (outside and len(outside) == len(question.held)):
            return self._refuse(text, Reason.FILTER, (), question, understood_as, filters, language)
        sure = 1.0 if ADDRESS in hits[0].ranks else self._confidence(question, hits)
        if self._is_foreign(question, hits):
            return self._refuse(
                text, Reason.PLACE, hits, question, understood_as, filters, language
            )
        table: tuple[TableRow, ...] | None = None
        if len(question.held) > 1 or question.everywhere:
            table = self._compare(question, vector, filters)
            citations = tuple(row.citation for row in table if row.citation)
        else:
            citations = self._cite(question, vector, hits) if sure >= THRESHOLD else ()
        if not citations:
            refusal = self._refuse(
                text, Reason.TOPIC, hits, question, understood_as, filters, language
            )
            return replace(refusal, confidence=sure)
        lines = compose.notices(citations, today, language)
        if outside:
            lines = (*lines, WORDS[language]["outside"].format(places="、".join(outside)))
        if question.foreign and not (
            citations and all(_speaks_of(c.clause, question) for c in citations)
        ):
            lines = (*lines, WORDS[language]["not_held"].format(places="、".join(question.foreign)))
        if sure < UNSURE and table is None:
            lines = (*lines, WORDS[language]["unsure"])
        return verify(
            Answer(
                question=text,
                text=compose.answer_text(citations, lines, understood_as, table, language),
                citations=citations,
                abstained=False,
                reason=None,
                confidence=sure,
                notices=lines,
                understood_as=understood_as,
                table=table,
            )
        )

    def _confidence(self, question: Question, hits: Sequence[Hit]) -> float:
        """How sure it is that ``hits`` answer the question."""
        covered = (
            (hit, self._retriever.coverage(question, hit.clause)) for hit in hits[:LOOKED_AT]
        )
        return confidence(covered, self._retriever.snapshot.manifest.background)

    @staticmethod
    def _is_foreign(question: Question, hits: Sequence[Hit]) -> bool:
        """Whether the question asks of a place that the library has nothing of: it names no place
        that is held, and the best clause is another place's and does not speak of the one named. A
        text of no place (a national law) holds everywhere."""
        best = hits[0].clause
        if not question.foreign or question.held or not place_of(best.document):
            return False
        return not _speaks_of(best, question)

    def _cite(
        self, question: Question, vector: Vectors, hits: Sequence[Hit]
    ) -> tuple[Citation, ...]:
        """Citations of the best clause and of those nearly as good; where the question names a
        place, of that place's texts only, unless the best clause is of another."""
        best = hits[0]
        good = [hit for hit in hits if hit.score >= best.score - CLOSE]
        if _is_of(best, question):
            good = [hit for hit in good if _is_of(hit, question)]
        cited = (self._citations_of(question, vector, hit) for hit in good[: self._citations])
        return tuple(citation for some in cited for citation in some)

    def _outside(self, question: Question, filters: Filters) -> tuple[str, ...]:
        """The places that the question names and the filters leave out."""
        inside = {
            name
            for document in self._retriever.documents
            if filters.admits(document)
            for name in place_of(document)
        }
        return tuple(place for place in question.held if place not in inside)

    def _compare(
        self, question: Question, vector: Vectors, filters: Filters
    ) -> tuple[TableRow, ...]:
        """A row for each place asked about that the filters admit, with the best clause of its
        texts if that is sure."""
        rows: list[TableRow] = []
        outside = self._outside(question, filters)
        for place in question.held or self._places(filters):
            if place in outside:
                continue
            narrowed = replace(filters, regions=(place,))
            hits = [
                hit
                for hit in self._retriever.search(question, vector, _NEAREST, narrowed)
                if filters.admits(hit.clause.document)
            ]
            found = self._confidence(question, hits) >= THRESHOLD
            cited = self._citations_of(question, vector, hits[0])[0] if found else None
            rows.append(TableRow(place, cited))
        return tuple(rows)

    def _places(self, filters: Filters) -> tuple[str, ...]:
        """The places of the documents that the filters admit, in the order of the library."""
        names = (place_of(d)[:1] for d in self._retriever.documents if filters.admits(d))
        return tuple(dict.fromkeys(name for place in names for name in place))

    def _citations_of(self, question: Question, vector: Vectors, hit: Hit) -> list[Citation]:
        """A citation for each part of the clause that answers, in the order of the text."""
        clause = hit.clause
        words = question.words
        if ADDRESS in hit.ranks:
            words = self._words_beside_address(question, clause)
            if not words:  # 杭州附件（三）说什么？
                return [Citation(clause, clause.text, clause.start, clause.end, clause.address)]
        quotes = find_quotes(
            clause,
            words,
            question.kind,
            vector,
            self._encoder,
            self._tokenizer.tokens,
            self._retriever.snapshot.lexical.weight,
        )
        return [
            Citation(
                clause=clause,
                quote=clause.document.text[quote.start : quote.end],
                start=quote.start,
                end=quote.end,
                label=clause.address,
            )
            for quote in quotes
        ]

    def _words_beside_address(self, question: Question, clause: Clause) -> tuple[str, ...]:
        """The words of ``clause`` that a question asks about besides giving its address."""
        named = addressed(self._retriever.snapshot.store, question.text)
        rest = named[1] if named else question.text
        held = set(self._tokenizer.tokens(clause.text))
        words = self._retriever.understanding.read(rest).words
        return tuple(word for word in words if word in held)

    def _refuse(
        self,
        text: str,
        reason: Reason,
        hits: Sequence[Hit],
        question: Question,
        understood_as: str | None,
        filters: Filters,
        language: str,
    ) -> Answer:
        nearest = tuple(hits[:_NEAREST])
        lexical = self._retriever.snapshot.lexical
        missing = [word for word in question.words if not lexical.matched([word])]
        detail = {
            "filters": "、".join(_named(filters)),
            "places": "、".join(question.foreign),
            "held": "、".join(self._places(Filters())),
        }
        said = compose.explanation(
            reason, missing if reason is Reason.TOPIC else (), detail, language
        )
        answer = Answer(
            question=text,
            text=compose.refusal_text(said, nearest, understood_as, language),
            citations=(),
            abstained=True,
            reason=reason,
            confidence=0.0,
            nearest=nearest,
            understood_as=understood_as,
            explanation=said,
        )
        return verify(answer)


def _is_of(hit: Hit, question: Question) -> bool:
    """Whether a hit is of a place that the question names."""
    return any(place in question.held for place in place_of(hit.clause.document))


def _speaks_of(clause: Clause, question: Question) -> bool:
    """Whether a clause speaks of a place that the question names and the library has nothing of,
    as the question does: as something dealt with (与宁波的合作), or in a longer name (宁波舟山港).
    That it merely names the place somewhere answers nothing."""
    text = fold(clause.text)
    for place in question.foreign:
        named = re.escape(place)
        dealt_with = re.search(rf"[与同跟和到至经从往向]{named}", question.topic)
        longer = re.findall(rf"{named}[\u4e00-\u9fff]{{3}}", question.topic)
        if (dealt_with and place in text) or any(name in text for name in longer):
            return True
    return False


def _named(filters: Filters) -> list[str]:
    """The limits of ``filters``, as shown."""
    named = [*(filters.regions or ()), *(filters.documents or ())]
    return [*named, filters.as_of.isoformat()] if filters.as_of else named
