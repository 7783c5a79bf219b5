"""For whom, or for what, a clause gives something: 对通过国际认证的企业,给予….

Read from the text as printed: what stands between 对 and the word that gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_GIVES = (
    r"(?:分别|一次性|每年|同时|可)?(?:给予|予以)|按照?(?!照)"
    r"|(?:分别|一次性)?(?:奖励|补助|补贴|资助|贴息)"
)
_CONDITION = re.compile(
    r"(?<![面针相反绝核])对于?(?!外|接|应|口|标|比|照|准|冲|账|手|其(?!中)|对)"
    r"(?P<whom>(?:(?!按照)[^。；;\n]){3,110}?)"
    rf"(?:[,，]?\s*(?:择优|再|分别))?的?(?:[,，]\s*(?={_GIVES})|(?=给予|予以|按照))"
)
"""Bounded, so that a long sentence is not gone over again and again."""


@dataclass(frozen=True, slots=True)
class Condition:
    """``text[start:end]`` of a document: those whom a measure is for, with what they have to meet
    (通过国际认证的企业), or what it is for (企业投保的出口信保保费)."""

    start: int
    end: int


def conditions_in(text: str, start: int, end: int) -> Iterator[Condition]:
    """The conditions in ``text[start:end]``, in order."""
    for match in _CONDITION.finditer(text, start, end):
        yield Condition(*match.span("whom"))
