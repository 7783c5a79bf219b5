"""Which documents of a library others of it repeal (同时废止)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assistant.reading import Document
from assistant.text import fold

_NOISE = re.compile(r"[\s\W_]+")


@dataclass(frozen=True, slots=True)
class Repeal:
    """The document called ``name`` is repealed by the one called ``by``, from the day ``since``
    on (``None``: always)."""

    name: str
    by: str
    since: date | None


def repeals_in(documents: Sequence[Document]) -> tuple[Repeal, ...]:
    """The repeals among ``documents``: by number (杭政办函〔2023〕9号) or by the whole title."""
    by_number = {_bare(d.number): d for d in documents if d.number}
    by_title = {_bare(d.title): d for d in documents if d.printed_title}
    found: dict[tuple[str, str], Repeal] = {}
    for document in documents:
        for entry in document.repeals:
            bare = _bare(entry)
            repealed = by_title.get(bare) or by_number.get(bare)
            repealed = repealed or next((d for n, d in by_number.items() if n in bare), None)
            if repealed is not None and repealed is not document:
                since = document.effective_from or document.published
                repeal = Repeal(repealed.name, document.name, since)
                found.setdefault((repeal.name, repeal.by), repeal)
    return tuple(found.values())


def in_force(repeals: Sequence[Repeal], today: date) -> dict[str, str]:
    """Name of a repealed document → the one that repeals it, as of ``today``."""
    return {r.name: r.by for r in repeals if r.since is None or r.since <= today}


def _bare(name: str) -> str:
    return _NOISE.sub("", fold(name))
