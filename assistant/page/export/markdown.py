"""Blocks → Markdown (CommonMark, with the tables of GitHub).

Nothing of a document or a question becomes markup, HTML or a link: a character that could mean
something in CommonMark, or in the dialects that are read most (GitHub, Pandoc, Obsidian), is
written as a numeric character reference, which by CommonMark's definition never means anything but
the character itself; a backslash before it would begin formulas in some dialects. So that the file
reads well as it is, a mark stays as it is where it means nothing: the comma in 开设,开展, the point
in 1.5, the hyphen in 2023-2025.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from assistant.answering import Answer
from assistant.page.export.blocks import (
    Block,
    Comparison,
    Entries,
    Heading,
    Line,
    Printed,
    Quote,
    Role,
)
from assistant.page.export.outline import conversation
from assistant.text import writable

_ALWAYS = frozenset("\\`*_{}[]<>&#~|$^=@\"'!\t\u2028\u2029\ufeff")
_SOMETIMES = frozenset(",;?%/().-:+")
_WORD = re.compile(r"[A-Za-z0-9@][A-Za-z0-9@._~:/?#&+=%-]*")
_LINKED = re.compile(
    r"@|://|www\.|(?<=[A-Za-z_-])\.[A-Za-z]{2}|(?<=[A-Za-z_-][0-9])\.[A-Za-z]{2}", re.IGNORECASE
)
"""What readers of Markdown turn into links by themselves: addresses of pages and of mail. They are
set as code, in which nothing is linked: GitHub links mail however its characters are written."""
_TYPOGRAPHY = re.compile(r"\((?:c|r|p|tm)\)", re.IGNORECASE)
_NUMBERED = re.compile(r"[0-9]+(?=[.)](?:\s|$))")
_HARD_BREAK = "\\\n"
_IN_LINE = "&#10;"
"""A line break in a heading or a table's cell, where Markdown has none."""


def markdown_of(answers: Sequence[Answer], language: str, day: date) -> str:
    """A conversation as Markdown, as of ``day``, its frame in ``language`` (``zh`` or ``en``).

    Rendered, each quote is word for word what the document says; control characters, which no text
    file can hold, are ``\ufffd``.
    """
    blocks = conversation(answers, language, day)
    return "\n\n".join(map(_written, blocks)) + "\n"


def _written(block: Block) -> str:
    match block:
        case Heading():
            number = f"〔{block.number}〕" if block.number else ""
            return f"{'#' * (block.level + 1)} {number}{escaped(block.text, _IN_LINE)}"
        case Line():
            return _line(block)
        case Quote():
            return _quoted(map(escaped, block.texts))
        case Entries():
            return "\n".join(f"- {escaped(text, _IN_LINE)}" for text in block.texts)
        case Comparison():
            return _table(block)
        case Printed():
            return _quoted([escaped(block.text)])


def _line(line: Line) -> str:
    text = escaped(line.text)
    if line.role is Role.NOTICE:
        return f"**{text}**"
    return text if line.number is None else f"——〔{line.number}〕{text}"


def _quoted(paragraphs: Iterable[str]) -> str:
    """Paragraphs as one block quotation."""
    lines = "\n\n".join(paragraphs).split("\n")
    return "\n".join(f"> {line}" if line else ">" for line in lines)


def _table(table: Comparison) -> str:
    rows = [table.head, ("---", "---", "---")]
    for row in table.rows:
        where = f"〔{row.number}〕{escaped(row.address, _IN_LINE)}" if row.number else ""
        rows.append((escaped(row.place, _IN_LINE), escaped(row.said, _IN_LINE), where))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def escaped(text: str, line_break: str = _HARD_BREAK) -> str:
    """``text`` as Markdown that renders as itself, on its own lines or inside one; ``line_break``
    stands for a line break, which at either end is a character reference always."""
    body = writable(text)
    inner = body.strip("\n")
    before = len(body) - len(body.lstrip("\n"))
    after = len(body) - before - len(inner)
    written = line_break.join(map(_escaped_line, inner.split("\n")))
    return f"{_IN_LINE * before}{written}{_IN_LINE * after}"


def _escaped_line(line: str) -> str:
    """A line, its white space at either end, which Markdown would drop, as references."""
    inner = line.strip()
    start = line.index(inner) if inner else len(line)
    parts = [*map(_reference, line[:start])]
    at = 0
    for word in _WORD.finditer(inner):
        if _LINKED.search(word.group()):
            parts += _characters(inner, at, word.start())
            parts.append(f"`{word.group()}`")
            at = word.end()
    parts += _characters(inner, at, len(inner))
    parts += map(_reference, line[start + len(inner) :])
    return "".join(parts)


def _characters(line: str, start: int, end: int) -> Iterator[str]:
    numbered = _NUMBERED.match(line)
    for i in range(start, end):
        listing = numbered is not None and i == numbered.end()  # `1. ` begins a list
        yield _reference(line[i]) if listing or _means_something(line, i) else line[i]


def _means_something(line: str, i: int) -> bool:
    """Whether ``line[i]`` could be markup where it stands."""
    char = line[i]
    if char in _ALWAYS:
        return True
    if char not in _SOMETIMES:
        return False
    before, after = line[i - 1 : i], line[i + 1 : i + 2]
    if char in (before, after):  # -- … // :: and what a typographer makes of ,, and ??
        return True
    if char in "-+":  # a list; +- is ±
        return i == 0 or after == "-"
    if char == "(":
        return _TYPOGRAPHY.match(line, i) is not None
    if char == ":":  # a scheme, an emoji's name, a definition
        return i == 0 or (after.isascii() and after.isalnum()) or after == "/"
    if char == ".":  # a domain; not 1.5 and 6.完善
        number = before.isdecimal() and (after.isdecimal() or "\u4e00" <= after <= "\u9fff")
        return before.isalnum() and after.isalnum() and not number
    return False


def _reference(char: str) -> str:
    return f"&#{ord(char)};"
