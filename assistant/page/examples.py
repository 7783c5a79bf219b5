"""Questions that a library answers, found in its own clauses."""

from __future__ import annotations

import re

from assistant.api import Assistant
from assistant.page.words import PAGE
from assistant.reading import short_name

_EXAMPLES, _MAX_EXAMPLE = 4, 18
_LOOKED_THROUGH = 2_000
"""Clauses among which examples are sought."""
_TELLING = tuple(map(re.compile, (r"\d万元", "补贴|奖励|资助|补助", "支持|鼓励", "")))
"""What makes a clause a good example, the best first; the last is in every clause."""


def examples(assistant: Assistant, language: str) -> list[str]:
    """Questions that the library answers, one for each place: on a measure with an amount where
    there is one, else on one with some benefit, else on any titled clause."""
    best: dict[str, tuple[int, str]] = {}
    store = assistant.snapshot.store
    for row in range(min(len(store), _LOOKED_THROUGH)):
        clause = store.clause(row)
        place = short_name(clause.document.region) or "".join(clause.document.aliases[:1])
        if not place or not 4 <= len(clause.heading) <= _MAX_EXAMPLE:
            continue
        rank = next(i for i, pattern in enumerate(_TELLING) if pattern.search(clause.text))
        if place not in best or rank < best[place][0]:
            best[place] = (rank, clause.heading)
    ordered = sorted(best.items(), key=lambda item: item[1][0])[:_EXAMPLES]
    return [
        PAGE[language]["example"].format(place=place, heading=heading)
        for place, (_, heading) in ordered
    ]
