"""The check that an answer makes of itself before it leaves.

Everything that an answer says must stand in its sources. Quotes are compared with the text at
their offsets, short statements with the clause that they are taken from. What is left of the
answer's text without these, without addresses and without what the question itself says, may hold
no number, in digits or in Chinese, no share and no document number. Dates in the notices must be
those of a cited document, or the day of the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from assistant.answering.answer import Answer, Citation
from assistant.answering.compose import fact_line, full_clause, near, quoted
from assistant.errors import VerificationError
from assistant.text import clean

_NUMBER = re.compile(
    r"\d+(?:[.,]\d+)*[%％]?|百分之[一二三四五六七八九十百]+"
    r"|(?:[二三四五六七八九十百千][一二三四五六七八九十百千零]*|一[十百千][一二三四五六七八九十百千零]*)"
    r"(?=[万亿]|元|个|成|年|月|日|倍|家|条|项|名)"
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TITLE = re.compile(r"《(?:[^《》]|《[^《》]*》)*》(?:附件)?(?:（[^（）]*号）)?")


def verify(answer: Answer, today: date | None = None) -> Answer:
    """``answer``, if everything in it stands in its sources. ``today`` is the day on which it is
    given.

    Raises :class:`VerificationError` where a quote is not literal or lies outside its clause, where
    a citation is missing from the text, where a short statement or a date is not its document's, or
    where the text holds a number that no source has.
    """
    for citation in _shown(answer):
        _check(citation)
        if quoted(citation) not in answer.text or citation.label not in answer.text:
            raise VerificationError(
                f"The answer does not show its citation of {citation.clause.address}."
            )
    cited = {citation.clause.id for citation in answer.citations}
    for fact in answer.facts:
        text = clean(fact.clause.text)
        whole = all(_stands_in(clean(value), text) for value in fact.values)
        if fact.clause.id not in cited or not whole:
            raise VerificationError(f"{'、'.join(fact.values)} is not in {fact.clause.address}.")
    if today is not None:
        _check_days(answer, today)
    _check_numbers(answer)
    if answer.abstained == bool(answer.citations) or answer.abstained != bool(answer.reason):
        raise VerificationError("An answer must either cite or refuse.")
    return answer


def _stands_in(value: str, text: str) -> bool:
    """Whether ``value`` stands in ``text``, no number cut at either end."""
    ends = r"(?![\d.%]|[万亿]|元)" if value[-1:].isdecimal() else ""
    begins = r"(?<![\d.])" if value[:1].isdecimal() else ""
    return re.search(f"{begins}{re.escape(value)}{ends}", text) is not None


def _shown(answer: Answer) -> Iterator[Citation]:
    """Every citation whose quote is shown."""
    yield from answer.citations
    if answer.closest:
        yield answer.closest
    for row in answer.table or ():
        if row.citation:
            yield row.citation


def _check(citation: Citation) -> None:
    clause = citation.clause
    if citation.quote != clause.document.text[citation.start : citation.end]:
        raise VerificationError(f"A quote of {clause.address} is not literal.")
    if not (clause.start <= citation.start < citation.end <= clause.end):
        raise VerificationError(f"A quote lies outside {clause.address}.")
    if citation.label != clause.address:
        raise VerificationError(f"A citation of {clause.address} bears another address.")


def _check_days(answer: Answer, today: date) -> None:
    """Every day in a notice is that of a document shown, or ``today``."""
    days = {today}
    for citation in _shown(answer):
        document = citation.clause.document
        days |= {d for d in (document.effective_from, document.effective_to) if d}
    for notice in answer.notices:
        for match in _DAY.findall(_without_names(notice, answer)):
            if match not in {day.isoformat() for day in days}:
                raise VerificationError(f"A notice names the day {match}, which no source has.")


def _without_names(line: str, answer: Answer) -> str:
    """``line`` without the names of the documents shown, which may hold numbers of their own, and
    without what was asked."""
    line = _TITLE.sub("", line)
    names = {citation.clause.document.name for citation in _shown(answer)}
    for name in sorted((*names, answer.question, answer.understood_as or ""), key=len)[::-1]:
        line = line.replace(name, "") if name else line
    return line


def _check_numbers(answer: Answer) -> None:
    """No number in what is said around quotes, addresses and the question."""
    said = answer.text
    asked = f"{answer.question} {answer.understood_as or ''}"
    known = set(_NUMBER.findall(asked))
    # whole lines first: a short quote may stand inside a date
    for line in (*answer.notices, *answer.explanation):
        said = said.replace(line, "", 1)
        bare = _DAY.sub("", _without_names(line, answer))
        if line in answer.notices and (strange := set(_NUMBER.findall(bare)) - known):
            raise VerificationError(f"A notice holds {strange.pop()}, which no source has.")
    shown = list(_shown(answer))
    for clause in {citation.clause.id: citation.clause for citation in shown}.values():
        said = said.replace(full_clause(clause), "")
    for citation in shown:
        said = said.replace(quoted(citation), "").replace(citation.label, "")
    for fact in answer.facts:
        for language in ("zh", "en"):
            said = said.replace(fact_line(fact, language), "")
    for hit in answer.nearest:
        said = said.replace(near(hit), "", 1)
    said = said.replace(answer.understood_as or answer.question, "")
    for row in answer.table or ():
        said = said.replace(row.region, "")
    for number in _NUMBER.findall(said):
        if number not in known:
            raise VerificationError(f"The answer holds the number {number}, which no source has.")
