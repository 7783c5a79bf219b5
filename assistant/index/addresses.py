"""Addresses as they are compared: numerals, brackets and marks made equal.

The store keeps two columns of them for each clause, so that a lookup reads no other clause: a hash
of the whole address, and the levels at its end, back to front, so that those which end alike stand
together.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from assistant.clauses.numerals import chinese_value
from assistant.reading import ANNEX
from assistant.text import fold

_NUMERAL = re.compile(r"[零〇○一二三四五六七八九十百千两]+|\d+")
_NOISE = re.compile(r"[\s《》()〔〕【】\[\]、.,，:：\"“”]+")
_CLOSING = "》"


def normal_address(address: str) -> str:
    """An address with numerals, brackets and marks made equal."""
    return _NOISE.sub("", with_digits(address))


def with_digits(text: str) -> str:
    """``text``, folded, its numerals made equal."""
    return _NUMERAL.sub(_digits, fold(text))


def _digits(match: re.Match[str]) -> str:
    value = chinese_value(match.group())
    return f"<{value}>" if value else match.group()


def levels_of(address: str) -> str:
    """What stands behind title and part: 四、2. of 《…》附件四、2."""
    return address.rpartition(_CLOSING)[2].removeprefix(ANNEX)


def columns_of(address: str) -> tuple[int, str]:
    """The two columns of an address: the hash of its normal form, and its levels' normal form back
    to front. Nothing runs on across a title's bracket, so each part is made normal by itself, and
    those that come again once."""
    levels = levels_of(address)
    above = _normal(address[: len(address) - len(levels)])
    last = _normal(levels)
    return address_hash(above + last), last[::-1]


_normal = lru_cache(maxsize=4_096)(normal_address)


def address_hash(normal: str) -> int:
    """A hash of a normal address that fits SQLite's integers."""
    digest = hashlib.blake2b(normal.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
