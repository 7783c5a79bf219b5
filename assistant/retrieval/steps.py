"""The steps of understanding and ranking that can be left out, so that an evaluation shows what
each is worth (``assistant evaluate --ablate``)."""

from __future__ import annotations

from enum import StrEnum


class Step(StrEnum):
    """A step; each is one small function."""

    SIMPLIFIED = "simplified"
    """Traditional characters → simplified ones (OpenCC)."""
    SPELLING = "spelling"
    """A word of the same sound for one that no text holds: 挎境 → 跨境."""
    SYNONYMS = "synonyms"
    """Words of the same meaning count, at a lower weight: 老外, 外籍."""
    PLACES = "places"
    """A place that is named steers the ranking."""
    TITLES = "titles"
    """A document that is named steers the ranking."""
    ADDRESS = "address"
    """The clause whose address is given comes first."""
    NEIGHBOURS = "neighbours"
    """A clause between good ones gains."""
    SHARES = "shares"
    """Several places that are named get a share of the hits each."""
    DUPLICATES = "duplicates"
    """Of clauses that say the same the later ones go behind the others."""
    RERANKER = "reranker"
    """A cross-encoder over the first hits, where the settings name one."""


NOTHING: frozenset[Step] = frozenset()
