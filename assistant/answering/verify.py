"""The check that an answer makes of itself before it leaves."""

from __future__ import annotations

import re

from assistant.answering.answer import Answer
from assistant.answering.compose import near, quoted
from assistant.errors import VerificationError

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*%?")


def verify(answer: Answer) -> Answer:
    """``answer``, if everything in it stands in its sources.

    Raises :class:`VerificationError` where a quote is not literal or lies outside its clause, where
    a citation is missing from the text, or where the text holds a number that stands neither in the
    question nor in a quote, an address, a notice or the explanation of a refusal.
    """
    said = answer.text
    for citation in answer.citations:
        clause = citation.clause
        if citation.quote != clause.document.text[citation.start : citation.end]:
            raise VerificationError(f"A quote of {clause.address} is not literal.")
        if not (clause.start <= citation.start < citation.end <= clause.end):
            raise VerificationError(f"A quote lies outside {clause.address}.")
        if citation.quote not in said or citation.label not in said:
            raise VerificationError(f"The answer does not show its citation of {clause.address}.")
    # whole lines first: a short quote may stand inside a date
    for line in (*answer.notices, *answer.explanation):
        said = said.replace(line, "", 1)
    for citation in answer.citations:
        said = said.replace(quoted(citation), "").replace(citation.label, "")
    for hit in answer.nearest:
        said = said.replace(near(hit), "", 1)
    known = set(_NUMBER.findall(f"{answer.question} {answer.understood_as or ''}"))
    for number in _NUMBER.findall(said):
        if number not in known:
            raise VerificationError(f"The answer holds the number {number}, which no source has.")
    if answer.abstained == bool(answer.citations):
        raise VerificationError("An answer must either cite or refuse.")
    return answer
