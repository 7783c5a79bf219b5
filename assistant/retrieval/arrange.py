"""Ranked hits → the list that is handed on: repetitions behind, each place with its share.

Where a hit moves up, the score of those behind it is at most its own: scores always fall.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest

from assistant.clauses import Clause
from assistant.retrieval.hit import ADDRESS, Hit
from assistant.text import clean

_ALIKE = 0.95
"""Share of the characters' pairs that two clauses have in common to count as the same."""
_FIRST = 5
"""Hits that no repetition stands among: what is looked at and answered from."""
_EXACT = 10.0
"""By how much a clause that was asked for is set above the best other one."""
_NUMBERS = re.compile(r"[\d.]+|[一二三四五六七八九十百千]+")
_PRINTED_NUMBER = re.compile(r"^\W*(?:第\S{1,8}条|[\d一二三四五六七八九十]{1,3})?[\s、.．)）]*")


def with_first(hits: Sequence[Hit], *clauses: Clause) -> list[Hit]:
    """The hits with ``clauses`` first, all alike, as those that were asked for by their address."""
    known = {hit.clause.id: hit for hit in hits}
    best = max((hit.score for hit in hits), default=0.0) + _EXACT
    first = []
    for rank, clause in enumerate(clauses, start=1):
        hit = known.pop(clause.id, Hit(clause, 0.0, {}))
        first.append(replace(hit, score=best, ranks={**hit.ranks, ADDRESS: rank}))
    return [*first, *(hit for hit in hits if hit.clause.id in known)]


def without_repetition(hits: Sequence[Hit], place_of: Callable[[Hit], Hashable]) -> list[Hit]:
    """The hits, those behind the first five others that say what one before them says: the same
    place, the same numbers, and the same words but for one in twenty."""
    kept: list[Hit] = []
    again: list[Hit] = []
    seen: dict[Hashable, list[frozenset[str]]] = {}
    for hit in hits:
        text = _PRINTED_NUMBER.sub("", clean(hit.clause.text))
        key = (place_of(hit), tuple(sorted(_NUMBERS.findall(text))))
        pairs = frozenset(text[i : i + 2] for i in range(len(text) - 1))
        others = seen.setdefault(key, [])
        if any(_overlap(pairs, other) >= _ALIKE for other in others):
            again.append(hit)
        else:
            others.append(pairs)
            kept.append(hit)
    return falling([*kept[:_FIRST], *again, *kept[_FIRST:]])


def shared_out(hits: Sequence[Hit], groups: Sequence[Callable[[Hit], bool]]) -> list[Hit]:
    """The hits so that each of ``groups`` has its turn: the best of each, then the second ones.
    Those of no group come last."""
    queues: list[list[Hit]] = [[] for _ in groups]
    rest: list[Hit] = []
    for hit in hits:
        own = next((i for i, is_of in enumerate(groups) if is_of(hit)), None)
        (rest if own is None else queues[own]).append(hit)
    turns = (
        sorted((hit for hit in turn if hit is not None), key=lambda hit: -hit.score)
        for turn in zip_longest(*queues)
    )
    return falling([*(hit for turn in turns for hit in turn), *rest])


def falling(hits: Iterable[Hit]) -> list[Hit]:
    """The hits in their order, none with a score above that of the one before it."""
    result: list[Hit] = []
    for hit in hits:
        limit = result[-1].score if result else hit.score
        result.append(replace(hit, score=limit) if hit.score > limit else hit)
    return result


def _overlap(first: frozenset[str], second: frozenset[str]) -> float:
    """Jaccard's index of two sets; 1 for two that are empty."""
    union = len(first | second)
    return len(first & second) / union if union else 1.0
