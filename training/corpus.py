"""What the untrained retrievers make of STARD: the plain encoder's vectors and the first guesses.

Both are kept in a folder between runs; vectors are written in windows, and a run that was broken
off goes on behind the last one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.index import Tokenizer
from assistant.index.dense import Vectors
from assistant.index.lexical import LexicalIndex
from training.stard import Stard

GUESSES = 100
_WINDOW = 4096

Rows = npt.NDArray[np.int64]
Encode = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class Plain:
    """The plain encoder's vectors of articles and questions (n, 384), normalised; for each question
    its :data:`GUESSES` best rows by their cosine and by BM25, and all of BM25's scores."""

    articles: Vectors
    questions: Vectors
    by_cosine: Rows
    by_words: Rows
    words: npt.NDArray[np.float16]
    mark: str
    """Names what made them."""

    def cut(self, questions: Sequence[int], relevant: set[int], depth: int) -> list[int]:
        """The rows among which ``questions`` are hard: the relevant ones of all questions, and the
        first ``depth`` guesses of both retrievers for these."""
        guessed = {
            int(row) for by in (self.by_cosine, self.by_words) for row in by[questions, :depth].flat
        }
        return sorted(guessed | relevant)


def plain_of(stard: Stard, encode: Encode, mark: str, tokenizer: Tokenizer, folder: Path) -> Plain:
    """Reads or makes it. ``encode`` is the plain encoder's, texts with their prefix; ``mark`` names
    its vectors."""
    passages = [f"passage: {article.passage}" for article in stard.articles]
    articles = encoded(passages, encode, mark, folder)
    questions = encoded([f"query: {q.text}" for q in stard.questions], encode, mark, folder)
    by_cosine = np.argsort(-(questions @ articles.T), axis=1)[:, :GUESSES].copy()
    words = _words(stard, tokenizer, folder)
    by_words = np.argsort(-words.astype(np.float32), axis=1, kind="stable")[:, :GUESSES].copy()
    return Plain(
        articles, questions, by_cosine, by_words, words, _key([mark, tokenizer.fingerprint])
    )


def encoded(texts: Sequence[str], encode: Encode, mark: str, folder: Path) -> Vectors:
    """The vectors of ``texts``, kept in ``folder`` under the hash of texts and ``mark``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_key([mark, *texts])}.npy"
    if path.exists():
        return _loaded(path)
    part, done = path.with_suffix(".part.npy"), path.with_suffix(".done")
    at = int(done.read_text() or 0) if part.exists() and done.exists() else 0
    if at:
        found = np.lib.format.open_memmap(part, mode="r+")
    else:
        width = encode(texts[:1]).shape[1]
        found = np.lib.format.open_memmap(part, "w+", np.float32, (len(texts), width))
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    while at < len(order):
        some = order[at : at + _WINDOW]
        found[some] = encode([texts[i] for i in some])
        found.flush()
        at += len(some)
        done.write_text(str(at))
        print(f"encoded {at} of {len(order)}", flush=True)
    del found
    part.replace(path)
    done.unlink()
    return _loaded(path)


def _loaded(path: Path) -> Vectors:
    vectors: Vectors = np.load(path)
    return vectors


def _words(stard: Stard, tokenizer: Tokenizer, folder: Path) -> npt.NDArray[np.float16]:
    """BM25's score of each article for each question."""
    texts = [a.passage for a in stard.articles]
    asked = [q.text for q in stard.questions]
    path = folder / f"words-{_key([tokenizer.fingerprint, *texts, *asked])}.npy"
    if path.exists():
        kept: npt.NDArray[np.float16] = np.load(path)
        return kept
    index = LexicalIndex.build([tokenizer.tokens(text) for text in texts])
    found = np.stack([index.scores(tokenizer.tokens(text)) for text in asked]).astype(np.float16)
    part = path.with_suffix(".part.npy")
    np.save(part, found)
    part.replace(path)
    return found


def _key(texts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
