"""Slips of spelling: a word that no text holds → the word of the library with the same sound.

People type Chinese by its sound, so most slips sound right: 挎境 for 跨境, 补帖 for 补贴. A run of
characters is taken for a slip if it is no word, is not in the library, and a word of the library
has the same length and sound and at least half of its characters. Latin words (shoppify) are
compared by their letters.
"""

from __future__ import annotations

import difflib
import itertools
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache

_RUN = re.compile(r"[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z]{5,}")
_LONGEST, _SHORTEST = 6, 2
_LIKE = 0.84
"""Least similarity of a Latin word, as :mod:`difflib` measures it: one letter in six."""
_FUZZY = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"), ("ang", "an"))
"""Sounds that many speakers do not tell apart."""


class Speller:
    """Mends questions for one library, whose words it knows."""

    def __init__(
        self,
        vocabulary: Iterable[str],
        knows: Callable[[str], bool],
        plain: frozenset[str] = frozenset(),
    ) -> None:
        """``vocabulary`` are the words of the library, ``knows`` whether something is a word of
        the language; a run with one of ``plain`` (function words) is left alone."""
        self._vocabulary = vocabulary
        self._knows = knows
        self._plain = plain
        self._lock = threading.Lock()
        self._words: frozenset[str] | None = None
        self._with: dict[tuple[int, str], list[str]] = defaultdict(list)
        self._latin: list[str] = []

    def mend(self, text: str, boundaries: frozenset[int]) -> str:
        """``text`` (folded) with its slips mended. ``boundaries`` are the offsets at which the
        tokenizer's words begin and end: a word of the language is never cut."""
        self._load()
        whole = _known_spans(text, boundaries, self._is_word)
        pieces: list[str] = []
        at = 0
        for run in _RUN.finditer(text):
            i = run.start()
            while i < run.end():
                found = self._slip_at(text, i, run.end(), whole)
                if found:
                    pieces += [text[at:i], found]
                    i = at = i + len(found)
                else:
                    i += 1
        mended = "".join([*pieces, text[at:]])
        return _LATIN.sub(lambda match: self._latin_word(match.group()), mended)

    def _slip_at(self, text: str, start: int, end: int, whole: list[tuple[int, int]]) -> str:
        """The word that was meant by the longest slip that begins at ``start``; else nothing."""
        for stop in range(min(end, start + _LONGEST), start + _SHORTEST - 1, -1):
            if any(a < start < b or a < stop < b for a, b in whole):
                continue
            typed = text[start:stop]
            if self._is_word(typed) or (start, stop) in whole or self._plain & set(typed):
                continue
            if meant := self._meant(typed):
                return meant
        return ""

    def _is_word(self, text: str) -> bool:
        return self._knows(text) or text in (self._words or ())

    def _meant(self, typed: str) -> str:
        """The word of the library that sounds like ``typed`` and shares most characters."""
        near = {word for char in set(typed) for word in self._with.get((len(typed), char), ())}
        best, most = "", (len(typed) + 1) // 2 - 1
        for word in sorted(near):
            shared = sum(a == b for a, b in zip(word, typed, strict=True))
            if shared > most and all(
                a == b or _alike(a, b) for a, b in zip(word, typed, strict=True)
            ):
                best, most = word, shared
        return best

    def _latin_word(self, typed: str) -> str:
        if typed in (self._words or ()):
            return typed
        near = difflib.get_close_matches(typed, self._latin, 1, _LIKE)
        return near[0] if near else typed

    def _load(self) -> None:
        """The library's words by length and character; read when the first question comes."""
        with self._lock:
            if self._words is not None:
                return
            words = frozenset(self._vocabulary)
            for word in words:
                if word.isascii():
                    if _LATIN.fullmatch(word):
                        self._latin.append(word)
                elif _SHORTEST <= len(word) <= _LONGEST and self._knows(word):
                    for char in set(word):
                        self._with[len(word), char].append(word)
            self._words = words


def _known_spans(
    text: str, boundaries: frozenset[int], is_word: Callable[[str], bool]
) -> list[tuple[int, int]]:
    """The spans of ``text`` that are words of two or more characters."""
    cuts = sorted(boundaries)
    spans = itertools.pairwise(cuts)
    return [(a, b) for a, b in spans if b - a > 1 and is_word(text[a:b])]


@lru_cache(maxsize=20_000)
def _sounds(char: str) -> frozenset[str]:
    """The readings of a character, without tones."""
    from pypinyin import Style, pinyin  # noqa: PLC0415 - its table takes a quarter of a second

    readings = pinyin(char, style=Style.NORMAL, heteronym=True)
    return frozenset(map(_plain_sound, readings[0])) if readings else frozenset()


def _plain_sound(sound: str) -> str:
    for spoken, plain in _FUZZY:
        sound = sound.replace(spoken, plain)
    return sound


def _alike(first: str, second: str) -> bool:
    return bool(_sounds(first) & _sounds(second))
