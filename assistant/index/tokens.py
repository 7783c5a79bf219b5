"""Text → tokens of the lexical channel: jieba's words, with the trade's terms kept whole."""

from __future__ import annotations

import hashlib
import logging
import re
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from typing import Protocol

from assistant.text import fold, listed

WORD_RULES = "1"
"""Version of the way from text to tokens besides jieba and the terms."""

_WORD = re.compile(r"\w")
_FREQUENCY = 2_000_000
"""Above every word of jieba's dictionary, so that a term is never cut."""


class _Cutter(Protocol):
    FREQ: Mapping[str, int]

    def cut(
        self,
        sentence: str,
        cut_all: bool = False,
        HMM: bool = True,  # noqa: N803
    ) -> Iterable[str]: ...

    def cut_for_search(self, sentence: str) -> Sequence[str]: ...


def trade_terms() -> tuple[str, ...]:
    """The terms of ``terms.txt``."""
    return tuple(listed("assistant.index", "terms.txt"))


@contextmanager
def _writable(cache: Path) -> Iterator[Path]:
    """``cache``, or where nothing can be written there a folder for this once."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache):
            pass
    except OSError:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
    else:
        yield cache


class Tokenizer:
    """Cuts Chinese text into words, and long words into the shorter ones in them, too.

    ``fingerprint`` changes with jieba's version and with the list of terms: tokens of different
    fingerprints must not meet in one index. jieba's dictionary is read when the first text comes.
    """

    def __init__(self, cache: Path, terms: Sequence[str] | None = None) -> None:
        """``cache`` is the folder for the parsed form of jieba's dictionary (its own place for it
        is a folder that every user of the machine shares)."""
        self._cache = cache
        self._terms = trade_terms() if terms is None else tuple(terms)
        self._cutter: _Cutter | None = None
        self._lock = threading.Lock()
        digest = hashlib.sha256("\n".join(self._terms).encode()).hexdigest()[:12]
        self.fingerprint = f"jieba-{version('jieba')}-{digest}-{WORD_RULES}"

    def tokens(self, text: str) -> list[str]:
        """The words of ``text``, folded; punctuation is none."""
        cutter = self._load()
        return [word for word in cutter.cut_for_search(fold(text)) if _WORD.search(word)]

    def pieces(self, text: str) -> list[str]:
        """All of ``text``, folded, in the pieces that :meth:`words` are some of; the others are
        punctuation."""
        return list(self._load().cut(fold(text)))

    def words(self, text: str) -> list[str]:
        """The words of ``text``, folded, none inside another."""
        return [word for word in self._load().cut(fold(text)) if _WORD.search(word)]

    def plain_words(self, text: str) -> list[str]:
        """The words of ``text``, folded, none inside another; what jieba only guesses to be a word
        (租多, 最多能) is cut into those of its dictionary."""
        cutter = self._load()
        found: list[str] = []
        for word in cutter.cut(fold(text)):
            known = len(word) == 1 or word.isascii() or bool(cutter.FREQ.get(word))
            found.extend([word] if known else cutter.cut(word, HMM=False))
        return [word for word in found if _WORD.search(word)]

    def frequency(self, word: str) -> int:
        """How often jieba's dictionary has seen ``word``; 0 where it is neither there nor among
        the terms."""
        return int(self._load().FREQ.get(word) or 0)

    def boundaries(self, text: str) -> frozenset[int]:
        """The offsets in ``text`` at which a word begins or ends; ``text`` is taken as it is."""
        ends = accumulate(len(word) for word in self._load().cut(text))
        return frozenset((0, *ends))

    def _load(self) -> _Cutter:
        with self._lock:
            if self._cutter is None:
                import jieba  # noqa: PLC0415 - what needs no words need not wait for it

                jieba.setLogLevel(logging.WARNING)
                cutter = jieba.Tokenizer()
                with _writable(self._cache) as folder:
                    cutter.tmp_dir = str(folder)
                    cutter.initialize()
                for term in self._terms:
                    cutter.add_word(term, _FREQUENCY)
                self._cutter = cutter
            return self._cutter
