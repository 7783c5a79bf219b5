"""One answer as plain text, for the clipboard."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.answering import Answer
from assistant.answering.words import WORDS
from assistant.page.export.blocks import Block, Comparison, Entries, Line, Quote, Role, Row
from assistant.page.export.outline import Cited, answered
from assistant.page.export.words import EXPORT
from assistant.text import writable


def plain_of(answer: Answer, language: str) -> str:
    """The question and its answer with numbered citations, ready to be pasted somewhere.

    Unlike :attr:`Answer.text` it begins with the question, and leaves the clauses in full away.
    Quotes are word for word, in quotation marks; control characters, which a terminal would obey,
    are ``\ufffd``.
    """
    words = EXPORT[language]
    paragraphs = [words["asked"].format(question=answer.question.strip())]
    for block in answered(answer, Cited(), language):
        said = "\n".join(_lines(block))
        if isinstance(block, Line) and block.role in (Role.SOURCE, Role.ABOUT):
            paragraphs[-1] += f"\n{said}"  # belongs to the quote above
        else:
            paragraphs.append(said)
    if not answer.abstained:
        paragraphs.append(WORDS[language]["care"])
    return writable("\n\n".join(paragraphs))


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Line(number=None):
            yield block.text
        case Line():
            yield f"——〔{block.number}〕{block.text}"
        case Quote():
            yield from (f"“{text}”" for text in block.texts)
        case Entries():
            yield from (f"· {text}" for text in block.texts)
        case Comparison():
            yield "\n\n".join(map(_row, block.rows))
        case _:
            raise AssertionError(block)  # headings and clauses in full are not part of an answer


def _row(row: Row) -> str:
    if row.number is None:
        return f"{row.place}：{row.said}"
    return f"{row.place}：“{row.said}”\n——〔{row.number}〕{row.address}"
