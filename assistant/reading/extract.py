"""A file's bytes → its text: :class:`Extract`, whatever the format.

Each format is a module of :mod:`.formats` with one function, ``extract(data, source) -> Extract``.
Extracting puts text into reading order and leaves nothing out in silence: what a format shows to be
no part of the text (a page's number, a web page's navigation) stands in it too and is marked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.reading.document import LeftOut


@dataclass(frozen=True, slots=True)
class Extract:
    """The text of a file, newlines ``\\n``, a paragraph to a line where the format has paragraphs.

    ``pages`` are the offsets at which its pages begin, the first 0; empty where the format has
    none. ``left_out`` are spans of whole lines that the format shows to be no policy text, sorted.
    """

    text: str = field(repr=False)
    pages: tuple[int, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


class ExtractBuilder:
    """Puts an :class:`Extract` together, line by line. White space at the ends of a line is taken
    off; a line of nothing else is dropped."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._length = 0
        self._pages: list[int] = []
        self._left_out: list[LeftOut] = []

    def line(self, text: str, left_out: str = "") -> None:
        """Adds a line, or several where ``text`` holds newlines. ``left_out`` is the reason why it
        is no policy text (:class:`LeftOut`), if it is none."""
        for piece in text.split("\n"):
            shown = piece.strip()
            if not shown:
                continue
            start, end = self._length, self._length + len(shown)
            if left_out:
                last = self._left_out[-1] if self._left_out else None
                if last and last.reason == left_out and last.end + 1 == start:
                    self._left_out[-1] = LeftOut(last.start, end, left_out)
                else:
                    self._left_out.append(LeftOut(start, end, left_out))
            self._lines.append(shown)
            self._length = end + 1

    def page(self) -> None:
        """Says that what follows stands on the next page."""
        self._pages.append(self._length)

    def extract(self) -> Extract:
        """What was added, joined."""
        return Extract("\n".join(self._lines), tuple(self._pages), tuple(self._left_out))
