"""Text as it is compared and shown: the spaces of a scan gone, wide forms folded, simplified.

``clean`` is what a reader sees, ``fold`` what is indexed and searched. Neither is ever quoted:
quotes are always slices of the document.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Protocol

_CJK = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef“”‘’"
_STREWN = re.compile(rf"(?<=[{_CJK}])[^\S\n]+(?=[{_CJK}])|(?<=[{_CJK}])\n(?=[{_CJK}])")
_SPACE = re.compile(r"\s+")
_MARKS = re.compile(r"[\s\W_]+")
_BREAK = re.compile("\r\n?|[\x0b\x0c]")
_UNWRITABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SENTENCE = re.compile(r"[^。！？；;\n]*(?:[。！？；;]+[”’」』）)\]】]*|\n|$)")
_WORD = re.compile(r"\w")
_LEAD = re.compile(r"(?:\s+|[-*+>|](?=\s))*")
"""White space, and what Markdown puts before an item, a quotation and a cell."""
_BOLD = "**"
_IN_BOLD = re.compile(r"\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*")
_LONE = re.compile(r"^\*\*\s*|\s*\*\*$|(?<=[、.．)）])\s*\*\*(?!\*)")


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


@lru_cache(maxsize=1)
def _to_simplified() -> _Converter:
    import opencc  # noqa: PLC0415 - loads its dictionaries, which only indexing and asking need

    converter: _Converter = opencc.OpenCC("t2s")
    return converter


def clean(text: str) -> str:
    """``text`` on one line, without the spaces that a scan strewed between Chinese characters."""
    return _SPACE.sub(" ", _STREWN.sub("", text)).strip()


def fold(text: str) -> str:
    """``clean`` text in compatibility form (Ａ → A, ① → 1), simplified, in lower case."""
    return _to_simplified().convert(fold_width(text))


def fold_width(text: str) -> str:
    """``text`` as :func:`fold` has it, its characters not simplified."""
    return unicodedata.normalize("NFKC", clean(text)).lower()


def bare(text: str) -> str:
    """``text`` folded, without spaces and marks: how titles and numbers are compared."""
    return _MARKS.sub("", fold(text))


def writable(text: str) -> str:
    """``text`` as any file can hold it: every line break is ``\\n``, and what XML or UTF-8 has not
    (control characters, halves of surrogate pairs) is ``\ufffd``; all else is kept."""
    return _UNWRITABLE.sub("\ufffd", _BREAK.sub("\n", text))


def listed(package: str, name: str) -> Iterator[str]:
    """The lines of a list that ``package`` ships, but for empty ones and comments (``#``)."""
    for line in files(package).joinpath(name).read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def without_bold(text: str) -> str:
    """A line without what Markdown puts around words in bold, or the half of it at an end."""
    return _LONE.sub("", _IN_BOLD.sub(r"\1", text))


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences of ``text[start:end]`` as spans; they end at 。！？； or a line break. White
    space around them is no part of them, nor is what Markdown puts before an item, a quotation or
    a cell and around bold words. What has no letter and no digit is none."""
    at = start
    while at < end:
        match = _SENTENCE.match(text, at, end)
        stop = match.end() if match and match.end() > at else end
        first, last = at, stop
        first, last = _trimmed(text, first, last)
        marks = text.count(_BOLD, first, last)
        begins, ends = text.startswith(_BOLD, first, last), text.endswith(_BOLD, first, last)
        if marks == 2 and begins and ends:  # all of it is bold
            first, last = _trimmed(text, first + len(_BOLD), last - len(_BOLD))
        elif marks % 2 and (begins or ends):  # it begins or ends within bold words
            cut = (len(_BOLD), 0) if begins else (0, len(_BOLD))
            first, last = _trimmed(text, first + cut[0], last - cut[1])
        if _WORD.search(text, first, last):
            yield first, last
        at = stop


def _trimmed(text: str, first: int, last: int) -> tuple[int, int]:
    """The span without white space and Markdown's marks at its ends."""
    mark = _LEAD.match(text, first, last)
    first = mark.end() if mark else first
    while last > first and (text[last - 1].isspace() or text[last - 1] == "|"):
        last -= 1
    return first, last
