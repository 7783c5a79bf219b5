"""The check that an answer makes of itself before it leaves."""

from __future__ import annotations

import re

from assistant.answering.answer import Answer
from assistant.errors import VerificationError

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*%?")


def verify(answer: Answer) -> Answer:
    """``answer``, if everything in it stands in its sources.

    Raises :class:`VerificationError` where a quote is not literal or lies outside its clause, where
    a citation is missing from the text, or where the text holds a number that neither the question
    nor a quote, an address or a document's date has.
    """
    said = answer.text
    allowed = f"{answer.question} {answer.understood_as or ''} {' '.join(answer.notices)}"
    cited = list(answer.citations)
    for citation in cited:
        clause = citation.clause
        if citation.quote != clause.document.text[citation.start : citation.end]:
            raise VerificationError(f"A quote of {clause.address} is not literal.")
        if not (clause.start <= citation.start < citation.end <= clause.end):
            raise VerificationError(f"A quote lies outside {clause.address}.")
        if citation.quote not in said or citation.label not in said:
            raise VerificationError(f"The answer does not show its citation of {clause.address}.")
    for citation in sorted(cited, key=lambda c: -len(c.quote)):
        said = said.replace(citation.quote, "").replace(citation.label, "")
    for hit in answer.nearest:
        said = said.replace(hit.clause.address, "").replace(hit.clause.heading, "")
    known = set(_NUMBER.findall(allowed))
    for number in _NUMBER.findall(said):
        if number not in known:
            raise VerificationError(f"The answer holds the number {number}, which no source has.")
    if answer.abstained == bool(answer.citations):
        raise VerificationError("An answer must either cite or refuse.")
    return answer
