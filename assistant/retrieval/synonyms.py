"""Words of the same meaning, from a small file that users may add to.

A line of the file is a group: its words, separated by spaces, stand for each other (补贴 补助).
In a line with ``>`` those on the left stand for those on the right, too, but not the other way
round (老外 > 外籍). Lines that begin with ``#`` are comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from assistant.errors import SettingsError
from assistant.text import fold

_OWN = files("assistant.retrieval").joinpath("synonyms.txt")
_LONGEST = 40
_Group = tuple[tuple[str, ...], tuple[str, ...]]
"""Words, and the words that they stand for."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """A word of a question, with those that may stand for it in a text."""

    word: str
    also: tuple[str, ...]


class Synonyms:
    """The groups of one or more files."""

    def __init__(self, groups: Iterable[_Group]) -> None:
        also: dict[str, dict[str, None]] = {}
        for words, meant in groups:
            for word in words:
                also.setdefault(word, {}).update(dict.fromkeys(w for w in meant if w != word))
        self._also = {word: tuple(others) for word, others in also.items() if others}
        longest_first = sorted(self._also, key=lambda word: (-len(word), word))
        # a Latin word counts only whole: ai is none in email
        self._any = re.compile(
            "|".join(
                rf"(?<![a-z0-9]){re.escape(w)}(?![a-z0-9])" if w.isascii() else re.escape(w)
                for w in longest_first
            )
            or r"(?!)"
        )

    @classmethod
    def load(cls, added: Path | None = None) -> Synonyms:
        """The program's own groups, and those of the file ``added``.

        Raises :class:`SettingsError` where that file can't be read or holds an odd line.
        """
        groups = list(_own())
        if added is not None:
            try:
                text = added.read_text("utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(
                    f"The synonyms in {added} can't be read ({error}).",
                    "Name a text file in UTF-8 (ASSISTANT_SYNONYMS), or remove the setting.",
                ) from error
            groups.extend(_read(text, str(added)))
        return cls(groups)

    def __len__(self) -> int:
        return len(self._also)

    def of(self, word: str) -> tuple[str, ...]:
        """The words that may stand for ``word``."""
        return self._also.get(word, ())

    def in_text(self, text: str) -> tuple[Expansion, ...]:
        """The words of ``text`` (folded) that others may stand for, longest first where they
        overlap; words need not be those that the tokenizer finds."""
        found = dict.fromkeys(match.group() for match in self._any.finditer(text))
        return tuple(Expansion(word, self._also[word]) for word in found)


@cache
def _own() -> tuple[_Group, ...]:
    """The program's own groups, read once: an index is opened for each generation anew."""
    return tuple(_read(_OWN.read_text("utf-8"), "synonyms.txt"))


def _read(text: str, name: str) -> Iterator[_Group]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        left, arrow, right = line.partition(">")
        words, meant = (tuple(fold(word) for word in side.split()) for side in (left, right))
        enough = (words and meant) if arrow else len(words) > 1
        if not enough or any(len(word) > _LONGEST for word in (*words, *meant)):
            raise SettingsError(
                f"{name}, line {number}: {line.strip()[:60]!r} is no group of words.",
                "Write two or more words, separated by spaces: 补贴 补助 奖励; or 老外 > 外籍",
            )
        yield words, (meant if arrow else words)
