"""Slips of spelling: a word that no text holds → the word of the library with the same sound.

People type Chinese by its sound, so most slips sound right: 挎境 for 跨境, 补帖 for 补贴. A run of
characters is taken for a slip if it is no word, is not in the library, and a word of the library
has the same length and sound and at least half of its characters; all but one, where each part of
the run is a word of its own (独立占). Latin words (shoppify) are
compared by their letters.
"""

from __future__ import annotations

import difflib
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise

_RUN = re.compile(r"[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z]{5,}")
_LONGEST, _SHORTEST, _LONG = 6, 2, 4
_LONGEST_LATIN = 20
_LIKE = 0.83
"""Least similarity of a Latin word, as :mod:`difflib` measures it: one letter in six."""
_COMMON = 3_500
"""How often jieba's dictionary has seen a character as a word of its own, from where on it is no
part of a slip: 试 3,723 and 提 10,223 times, 苍 332, 帖 1,530."""


class Speller:
    """Mends questions for one library, whose words it knows."""

    def __init__(
        self,
        vocabulary: Iterable[str],
        frequency: Callable[[str], int],
        plain: frozenset[str] = frozenset(),
    ) -> None:
        """``vocabulary`` are the words of the library, ``frequency`` says how often the language
        has a word (0: it is none); ``plain`` are function words and names: no slip runs
        over one."""
        self._vocabulary = vocabulary
        self._frequency = frequency
        self._plain = plain
        self._lock = threading.Lock()
        self._words: frozenset[str] | None = None
        self._with: dict[tuple[int, int, str], list[str]] = defaultdict(list)
        """Words by length and by a character and its place."""
        self._latin: list[str] = []

    def mend(self, text: str, boundaries: frozenset[int]) -> str:
        """``text`` (folded) with its slips mended. ``boundaries`` are the offsets at which the
        tokenizer's words begin and end: a slip begins at one, and cuts no word of the language."""
        self._load()
        tokens = list(pairwise(sorted(boundaries)))
        doubtful = {span for span in tokens if self._is_doubtful(text[slice(*span)])}
        pieces: list[str] = []
        at = 0
        for i, (start, _) in enumerate(tokens):
            if start < at:
                continue
            found = self._slip_at(text, tokens[i:], doubtful)
            if found:
                pieces += [text[at:start], found]
                at = start + len(found)
        mended = "".join([*pieces, text[at:]])
        return _LATIN.sub(lambda match: self._latin_word(match.group()), mended)

    def _is_doubtful(self, token: str) -> bool:
        """Whether a token of the tokenizer may be part of a slip: a guessed word, or a character
        that is seldom a word."""
        if not _RUN.fullmatch(token) or token in self._plain:
            return False
        if len(token) == 1:
            return self._frequency(token) < _COMMON
        return not self._is_word(token)

    def _slip_at(
        self, text: str, tokens: list[tuple[int, int]], doubtful: set[tuple[int, int]]
    ) -> str:
        """The word that was meant by the longest slip that begins with the first of ``tokens``;
        else nothing."""
        start = tokens[0][0]
        seen = False
        runs: list[tuple[int, bool]] = []
        for span in tokens:
            token = text[slice(*span)]
            if not _RUN.fullmatch(token) or token in self._plain or span[0] - start >= _LONGEST:
                break
            seen = seen or span in doubtful
            # a guessed word may end within: 独立 战有 什么
            ends = range(span[0] + 1, span[1] + 1) if span in doubtful else (span[1],)
            runs.extend((end, seen) for end in ends)
        for end, is_doubtful in sorted(runs, reverse=True):
            typed = text[start:end]
            fits = _SHORTEST <= len(typed) <= _LONGEST and not self._is_word(typed)
            if fits and (meant := self._meant(typed, is_doubtful=is_doubtful)):
                return meant
        return ""

    def _is_word(self, text: str) -> bool:
        return self._frequency(text) > 0 or text in (self._words or ())

    def _meant(self, typed: str, *, is_doubtful: bool) -> str:
        """The word of the library that sounds like ``typed`` and shares most characters. Of a run
        without a doubtful token all but one must be shared, of three at least; in one of two the
        other character must be seldom a word of its own (房卖 is no slip for 贩卖), unless a name
        is meant (甚圳)."""
        count = len(typed)
        most = (count + 1) // 2 - 1 if is_doubtful else max(count - 2, 1)
        near = {word for at in enumerate(typed) for word in self._with.get((count, *at), ())}
        best = ""
        for word in sorted(near if is_doubtful else near - self._plain):
            other = [(a, b) for a, b in zip(word, typed, strict=True) if a != b]
            shared = count - len(other)
            lenient = is_doubtful and count >= _LONG and len(other) == 1
            common = count == _SHORTEST and self._frequency(other[0][1]) >= _COMMON
            if common and word not in self._plain:
                continue
            fuzzy = word in self._plain
            if shared > most and all(_alike(a, b, lenient=lenient, fuzzy=fuzzy) for a, b in other):
                best, most = word, shared
        return best

    def _latin_word(self, typed: str) -> str:
        if typed in (self._words or ()) or len(typed) > _LONGEST_LATIN:
            return typed
        like = [
            word for word in self._latin if word[0] == typed[0] and abs(len(word) - len(typed)) < 3
        ]
        near = difflib.get_close_matches(typed, like, 1, _LIKE)
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
                elif _SHORTEST <= len(word) <= _LONGEST and self._frequency(word):
                    for at in enumerate(word):
                        self._with[len(word), *at].append(word)
            self._words = words


@lru_cache(maxsize=20_000)
def _sounds(char: str) -> tuple[str, ...]:
    """The readings of a character, without tones, the usual one first."""
    from pypinyin import Style, pinyin  # noqa: PLC0415 - its table takes a quarter of a second

    usual = pinyin(char, style=Style.NORMAL)
    others = pinyin(char, style=Style.NORMAL, heteronym=True)
    readings = (sound for some in (*usual, *others) for sound in some)
    return tuple(dict.fromkeys(readings))


def _alike(first: str, second: str, *, lenient: bool, fuzzy: bool) -> bool:
    """Whether two characters sound the same: in their usual readings, or, ``lenient``, in any;
    ``fuzzy`` as many speakers do who part no n from ng and no zh from z."""
    some, others = (_sounds(char) if lenient else _sounds(char)[:1] for char in (first, second))
    if fuzzy:
        some, others = (tuple(map(_plain_sound, sounds)) for sounds in (some, others))
    return bool(set(some) & set(others))


def _plain_sound(sound: str) -> str:
    for spoken, plain in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n")):
        sound = sound.replace(spoken, plain)
    return sound
