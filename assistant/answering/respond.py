"""Question → answer: the best clauses quoted, or a refusal with what is nearest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.answering import compose
from assistant.answering.answer import Answer, Citation, Reason, TableRow
from assistant.answering.cite import Citer, cited, differ_in_age, is_of, of_places
from assistant.answering.confidence import (
    COMPARED_THRESHOLD,
    LOOKED_AT,
    SPARSE,
    THRESHOLD,
    UNSURE,
    RowFeatures,
    confidence,
    features,
    row_features,
)
from assistant.answering.courtesy import is_courtesy
from assistant.answering.evidence import EvidenceFinder
from assistant.answering.facts import facts_of
from assistant.answering.followup import FollowUp, follow_up
from assistant.answering.judge import Judge, Verdict
from assistant.answering.refuse import refuse
from assistant.answering.repeals import in_force, repeals_in
from assistant.answering.verify import verify
from assistant.answering.words import WORDS
from assistant.clauses import Clause
from assistant.index import Tokenizer
from assistant.index.dense import Vectors
from assistant.retrieval import (
    ADDRESS,
    Filters,
    Hit,
    Question,
    Retriever,
    addressed,
    missing_address,
    place_of,
    with_first,
)
from assistant.retrieval.question import PARTS
from assistant.text import fold

_DEPTH = 10
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Turn:
    """A question in its conversation: as it was typed, as it was understood, and how it is to be
    answered."""

    text: str
    question: Question
    vector: Vectors
    filters: Filters
    today: date
    language: str
    leaning: FollowUp | None = None
    first: bool = True
    """Whether nothing was asked before it."""

    @property
    def understood_as(self) -> str | None:
        """The question that is answered, where it is not the one that was typed."""
        return self.leaning.question if self.leaning else self.question.mended


class Responder:
    """Answers questions from what a retriever finds. Safe to use from several threads."""

    def __init__(self, retriever: Retriever, tokenizer: Tokenizer, *, citations: int) -> None:
        """``citations`` is how many clauses an answer cites at most."""
        self._retriever = retriever
        self.evidence = EvidenceFinder(retriever, tokenizer)
        self.judge = Judge(self.evidence, retriever.snapshot.manifest.background)
        self._citer = Citer(retriever, self.evidence, tokenizer, citations)
        self._background = retriever.snapshot.manifest.background
        self._repeals = repeals_in(retriever.catalogue.entries)

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
        if is_courtesy(text):
            refusal = refuse(text, Reason.NO_QUESTION, detail={}, language=language)
            return verify(refusal, today)
        read = self._retriever.understanding.read
        asked = read(text)
        leaning = follow_up(asked, history, self._retriever.understanding)
        question = read(leaning.searched or leaning.question) if leaning else asked
        if leaning:
            question = replace(question, kinds=leaning.kinds or question.kinds, parts=())
            if (
                asked.words
                and not (leaning.about and filters.admits(leaning.about.document))
                and self._outside(question, filters)
                and not self._outside(asked, filters)
            ):  # the place before is not looked at any more: the limits were changed since
                question, leaning = asked, None
        vector = self._retriever.encode(question)
        first = all(answer.reason is Reason.NO_QUESTION for answer in history)
        turn = _Turn(text, question, vector, filters, today, language, leaning, first)
        return verify(self._answer(turn), today)

    def _answer(self, turn: _Turn) -> Answer:
        question, language = turn.question, turn.language
        hits = self._hits(turn)
        outside = self._outside(question, turn.filters)
        if not hits or (outside and len(outside) == len(question.held)):
            beyond = turn.leaning is not None and bool(turn.leaning.without) and not outside
            reason = Reason.TOPIC if beyond else Reason.FILTER
            return self._refuse(turn, reason, (), outside=outside if self._admits(turn) else ())
        named = ADDRESS in hits[0].ranks
        if not named:
            if not question.words and not question.documents:
                return self._refuse(turn, Reason.TOPIC, hits)  # 多少钱？ of what?
            if wanted := missing_address(self._retriever.snapshot.store, question):
                return self._refuse(turn, Reason.CLAUSE, hits, wanted=wanted)
        if self._is_foreign(question, hits):
            return self._refuse(turn, Reason.PLACE, hits)
        if (
            question.unheld
            and not question.documents
            and not _names(hits[0].clause, question.unheld)
        ):
            return self._refuse(turn, Reason.DOCUMENT, hits)
        covered = () if named else self._covered(question, hits)
        sure = self._inherited(turn) if named else confidence(covered, self._background)
        lines: list[str] = []
        table: tuple[TableRow, ...] | None = None
        several = question.everywhere and len(self._places(turn.filters)) > 1
        if len(question.held) > 1 or several:
            table = self._compare(turn, outside)
            citations = tuple(row.citation for row in table if row.citation)
            sure = max(sure, THRESHOLD) if citations else sure
        elif sure >= _threshold(turn, covered):
            refusal = None if len(question.parts) > 1 else self._not_stated(turn, hits, sure)
            if refusal is not None:
                return refusal
            citations = self._citer.cite(question, turn.vector, hits)
        else:
            citations = ()
        at_address = citations if named and table is None else ()
        if table is None and len(question.parts) > 1:
            citations, lines = self._with_parts(turn, citations)
        if not citations:
            return self._refuse(turn, Reason.TOPIC, hits, sure=sure)
        lines = [*self._notices(turn, citations), *lines]
        lines += self._warnings(turn, citations, outside, at_address)
        if table is None and sure < UNSURE:
            lines.append(WORDS[language]["unsure"])
        facts = () if table or sure < UNSURE else facts_of(question.kinds, citations)
        return Answer(
            question=turn.text,
            text=compose.answer_text(citations, lines, turn.understood_as, table, facts, language),
            citations=citations,
            abstained=False,
            reason=None,
            confidence=sure,
            notices=tuple(lines),
            understood_as=turn.understood_as,
            table=table,
            facts=facts,
        )

    def _hits(self, turn: _Turn) -> list[Hit]:
        """The best hits; the clause that a leaning question is about first, those that it is not
        about any more left out."""
        leaning = turn.leaning
        beyond = len(leaning.without) if leaning else 0
        hits = self._retriever.search(turn.question, turn.vector, _DEPTH + beyond, turn.filters)
        if turn.question.held:
            # asked of one place, another's text is no answer; one of no place (a law) may be
            named = [h for h in hits if is_of(h, turn.question) or not place_of(h.clause.document)]
            hits = named or hits
        if leaning is None:
            return hits
        hits = [hit for hit in hits if hit.clause.id not in leaning.without]
        if leaning.about is not None and turn.filters.admits(leaning.about.document):
            hits = with_first(hits, leaning.about)
        return hits[:_DEPTH]

    def _confidence(self, question: Question, hits: Sequence[Hit]) -> float:
        """How sure it is that ``hits`` answer the question."""
        return confidence(self._covered(question, hits), self._background)

    @staticmethod
    def _inherited(turn: _Turn) -> float:
        """How sure it is that a clause that was asked for is the right one: wholly, unless a
        leaning question takes it over from an answer that was not."""
        return max(turn.leaning.sure, THRESHOLD) if turn.leaning else 1.0

    def _covered(self, question: Question, hits: Sequence[Hit]) -> list[tuple[Hit, float]]:
        """The first hits, each with the share of the question's words that its clause holds."""
        coverage = self._retriever.coverage
        return [(hit, coverage(question, hit.clause)) for hit in hits[:LOOKED_AT]]

    def _not_stated(self, turn: _Turn, hits: Sequence[Hit], sure: float) -> Answer | None:
        """The refusal where a clause is about it but does not state what is asked, or is damaged
        there; ``None`` where it states it. A clause that was asked for by its address is looked at
        alone."""
        named = ADDRESS in hits[0].ranks
        if named and turn.leaning is None:
            return None
        near = list(hits[:1]) if named else of_places(turn.question, hits)
        judgement = self.judge.judge(turn.question, turn.vector, near)
        if judgement is None or judgement.verdict is Verdict.STATED:
            return None
        closest = cited(judgement.clause, judgement.start, judgement.end)
        damaged = judgement.verdict is Verdict.DAMAGED
        return self._refuse(
            turn,
            Reason.DAMAGED if damaged else Reason.NOT_STATED,
            near,
            closest=closest,
            sure=sure,
            what=compose.what_was_asked(judgement.asked, turn.language),
        )

    def _with_parts(
        self, turn: _Turn, citations: tuple[Citation, ...]
    ) -> tuple[tuple[Citation, ...], list[str]]:
        """The citations, and those of the parts of a question that asks several things, with
        notices of what was left out."""
        words = WORDS[turn.language]
        parts = turn.question.parts
        lines: list[str] = []
        if len(parts) > PARTS:
            lines.append(words["too_many"])
            citations = ()
        known = {citation.clause.id for citation in citations}
        for part in parts[:PARTS]:
            place = "".join(turn.question.held)
            question = self._retriever.understanding.read(
                part if any(name in part for name in turn.question.held) else f"{place}{part}"
            )
            vector = self._retriever.encode(question)
            hits = self._retriever.search(question, vector, LOOKED_AT, turn.filters)
            if hits and self._confidence(question, hits) >= UNSURE:
                if hits[0].clause.id not in known:
                    known.add(hits[0].clause.id)
                    citations = (*citations, *self._citer.of(question, vector, hits[0]))
            elif len(parts) > PARTS:
                lines.append(words["not_found"].format(question=part))
        return citations, lines

    def _compare(self, turn: _Turn, outside: Sequence[str]) -> tuple[TableRow, ...]:
        """A row for each place asked about but those ``outside`` of the filters, with the best
        clause of its texts if that is sure."""
        question = turn.question
        without = turn.leaning.without if turn.leaning else frozenset()
        found: dict[str, list[Hit]] = {}
        for place in question.held or self._places(turn.filters):
            if place not in outside:
                narrowed = replace(turn.filters, regions=(place,))
                hits = self._retriever.search(question, turn.vector, _DEPTH, narrowed)
                found[place] = [
                    hit
                    for hit in hits
                    if turn.filters.admits(hit.clause.document) and hit.clause.id not in without
                ]
        known = self.rows(question, found)
        rows: list[TableRow] = []
        for place, hits in found.items():
            speaks = place in known and known[place].speaks >= COMPARED_THRESHOLD
            citation = self._citer.of(question, turn.vector, hits[0])[0] if speaks else None
            rows.append(TableRow(place, citation))
        return tuple(rows)

    def rows(
        self, question: Question, found: Mapping[str, Sequence[Hit]]
    ) -> dict[str, RowFeatures]:
        """What the confidence in each place of a comparison is made of; ``found`` are the places'
        hits. A place without any has none."""
        made = {
            place: features(self._covered(question, hits), self._background)
            for place, hits in found.items()
            if hits
        }
        return dict(zip(made, row_features(list(made.values())), strict=True))

    def _notices(self, turn: _Turn, citations: Sequence[Citation]) -> tuple[str, ...]:
        repealed = in_force(self._repeals, turn.today)
        return compose.notices(citations, turn.today, repealed, turn.language)

    def _warnings(
        self,
        turn: _Turn,
        citations: Sequence[Citation],
        outside: Sequence[str],
        at_address: Sequence[Citation],
    ) -> list[str]:
        """What the question asked for and the answer leaves out; and whether several texts have the
        address that was asked for. ``at_address`` are the citations of the clauses there."""
        words = WORDS[turn.language]
        question = turn.question
        lines: list[str] = []
        if outside:
            lines.append(words["outside"].format(places="、".join(outside)))
        if question.foreign and not all(_speaks_of(c.clause, question) for c in citations):
            lines.append(words["not_held"].format(places="、".join(question.foreign)))
        if len({(c.clause.source, c.clause.document.start) for c in at_address}) > 1:
            lines.append(words["at_address"])
        elif at_address and addressed(self._retriever.snapshot.store, question.text).cut:
            lines.append(words["section"])
        if differ_in_age(citations):
            lines.append(words["differs"])
        if question.unheld:
            lines.append(words["no_document"].format(titles="》《".join(question.unheld)))
        return lines

    @staticmethod
    def _is_foreign(question: Question, hits: Sequence[Hit]) -> bool:
        """Whether the question asks of a place that the library has nothing of: it names no place
        that is held, and the best clause is another place's and does not speak of the one named. A
        text of no place (a national law) holds everywhere."""
        best = hits[0].clause
        if not question.foreign or question.held or not place_of(best.document):
            return False
        return not _speaks_of(best, question)

    def _outside(self, question: Question, filters: Filters) -> tuple[str, ...]:
        """The places that the question names and the filters leave out."""
        if not filters:
            return ()
        catalogue = self._retriever.catalogue
        inside = catalogue.places(catalogue.admitted(filters))
        return tuple(place for place in question.held if place not in inside)

    def _admits(self, turn: _Turn) -> bool:
        """Whether the limits admit any document."""
        return len(self._retriever.catalogue.admitted(turn.filters)) > 0

    def _places(self, filters: Filters) -> tuple[str, ...]:
        """The places of the documents that the filters admit, in the order of the library."""
        catalogue = self._retriever.catalogue
        return catalogue.main_places(catalogue.admitted(filters))

    def _refuse(
        self,
        turn: _Turn,
        reason: Reason,
        hits: Sequence[Hit],
        *,
        closest: Citation | None = None,
        sure: float = 0.0,
        what: str = "",
        wanted: str = "",
        outside: Sequence[str] = (),
    ) -> Answer:
        question, language = turn.question, turn.language
        channels = self._retriever.snapshot.channels
        also = self._retriever.understanding.also
        missing = [
            word
            for word in question.words
            if reason is Reason.TOPIC
            and len(word) > 1
            and not channels.matched([word, *also(word)])
        ]
        foreign = reason is Reason.TOPIC and not _CHINESE.search(question.text)
        return refuse(
            turn.text,
            reason,
            detail={
                "filters": "、".join(_named(turn.filters)),
                "outside": "、".join(outside),
                "places": "、".join(question.foreign),
                "held": "、".join(self._places(Filters())),
                "titles": "》《".join(question.unheld),
                "what": what,
                "wanted": wanted,
            },
            language=language,
            hits=hits,
            missing=missing,
            closest=closest,
            notices=self._notices(turn, [closest]) if closest else (),
            understood_as=turn.understood_as,
            confidence=sure,
            also=[WORDS[language]["chinese"]] if foreign else (),
        )


def _threshold(turn: _Turn, covered: Sequence[tuple[Hit, float]]) -> float:
    """The confidence below which a question is refused; ``covered`` are the first hits, each with
    the share of the question's words that its clause holds, none where a clause was asked for."""
    if turn.question.held or turn.question.documents or not turn.first or not covered:
        return THRESHOLD
    return UNSURE if all(share < SPARSE for _, share in covered) else THRESHOLD


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


def _names(clause: Clause, titles: Sequence[str]) -> bool:
    """Whether a clause names one of ``titles``."""
    text = fold(clause.text)
    return any(title in text for title in titles)


def _named(filters: Filters) -> list[str]:
    """The limits of ``filters``, as shown."""
    named = [*(filters.regions or ()), *(filters.documents or ())]
    return [*named, filters.as_of.isoformat()] if filters.as_of else named
