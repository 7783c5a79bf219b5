"""Tokens as numbers, and how rare each is: what of the words stays in the generation's folder.

In: the tokens of each clause, twice. Out: for each clause the BM25 score that each of its tokens
gives it, as the embedded engine computes it (:mod:`assistant.index.lexical`), but clause by clause,
so that of a large library only the vocabulary is in memory.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from assistant.errors import IndexDamagedError
from assistant.index.lexical import K1, B, rarity

_TOKENS, _HOLDING = "tokens.json", "holding.npy"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tokens of a library: each with its number, and in how many of ``total`` clauses it is."""

    ids: dict[str, int]
    holding: npt.NDArray[np.int64]
    total: int

    @classmethod
    def load(cls, folder: Path, total: int) -> Self:
        """That of a generation. Raises :class:`IndexDamagedError`."""
        try:
            tokens: list[str] = json.loads((folder / _TOKENS).read_text("utf-8"))
            holding = np.load(folder / _HOLDING)
        except (OSError, ValueError, EOFError) as error:
            raise IndexDamagedError(f"{folder} can't be read as a vocabulary.") from error
        return cls({token: ident for ident, token in enumerate(tokens)}, holding, total)

    def save(self, folder: Path) -> None:
        folder.mkdir()
        (folder / _TOKENS).write_text(json.dumps(list(self.ids), ensure_ascii=False), "utf-8")
        np.save(folder / _HOLDING, self.holding)

    def words(self) -> Collection[str]:
        """Every token that some clause holds."""
        return self.ids.keys()

    def weight(self, token: str) -> float:
        """See :meth:`~assistant.index.lexical.LexicalIndex.weight`."""
        ident = self.ids.get(token)
        count = 0 if ident is None else self.holding[ident]
        return float(rarity(self.total, np.array(count)))


@dataclass(frozen=True, slots=True)
class Weighing:
    """A vocabulary with what a clause's scores need besides its tokens."""

    vocabulary: Vocabulary
    lengths: array[int]

    @classmethod
    def of(cls, clauses: Iterable[Sequence[str]]) -> Self:
        """Reads the tokens of each clause once."""
        ids: dict[str, int] = {}
        holding, lengths = array("q"), array("i")
        for tokens in clauses:
            held = tokens or [""]  # a clause may hold nothing but signs
            lengths.append(len(held))
            for token in dict.fromkeys(held):
                ident = ids.setdefault(token, len(ids))
                if ident == len(holding):
                    holding.append(0)
                holding[ident] += 1
        if "" not in ids:  # as the embedded engine has it
            ids[""] = len(ids)
            holding.append(0)
        return cls(Vocabulary(ids, np.array(holding, np.int64), len(lengths)), lengths)

    def scores(self, clauses: Iterable[Sequence[str]]) -> Iterator[dict[int, float]]:
        """For the same clauses the score that each token gives."""
        ids = self.vocabulary.ids
        weights = rarity(self.vocabulary.total, self.vocabulary.holding)
        mean = np.array(self.lengths, np.float64).mean() if self.lengths else 1.0
        for tokens, length in zip(clauses, self.lengths, strict=True):
            counted = Counter(tokens or [""])
            own = np.array([ids[token] for token in counted])
            counts = np.array(list(counted.values()))
            saturation = K1 * (1 - B + B * length / mean)
            found = (weights[own] * counts / (counts + saturation)).astype(np.float32)
            yield dict(zip(own.tolist(), found.tolist(), strict=True))
