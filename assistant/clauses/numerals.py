"""Numerals and their values: 三十, 30, ３０, Ⅲ, iv, C, ③, ⑴, ㈢.

Chinese numerals are read and written by ``cn2an``; signs that hold a number in one character
(③, ㈢, Ⅲ) by Unicode's own table.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import cn2an

MAX_VALUE, _MAX_NUMERAL = 9_999, 9  # 九千九百九十九 has seven characters
_ZEROS = str.maketrans("〇○", "零零")
_CHINESE = re.compile("[零一二三四五六七八九十百千两]+")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_ROMAN = re.compile(r"(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㉑㉒㉓㉔㉕㉖㉗㉘㉙㉚㉛㉜㉝㉞㉟㊱㊲㊳㊴㊵㊶㊷㊸㊹㊺㊻㊼㊽㊾㊿"
"""The circled numbers 1 to 50, in order."""
CONFUSED = {
    "-": "一", "—": "一", "－": "一", "ー": "一", "L": "1", "l": "1", "I": "1", "|": "1", "&": "8",
}  # fmt: skip
"""What scanners print for a digit; believed only where the series proves it."""


@lru_cache(maxsize=16_384)
def chinese_value(numeral: str) -> int | None:
    """The value of a Chinese numeral below 10,000 (一百零三, 一〇三, 十), or of digits; ``None`` if
    it is no numeral."""
    if not 0 < len(numeral) <= _MAX_NUMERAL:
        return None
    if numeral.isdecimal():
        return value if (value := int(numeral)) <= MAX_VALUE else None
    plain = numeral.translate(_ZEROS)
    if not _CHINESE.fullmatch(plain):
        plain = "".join(str(unicodedata.decimal(char, char)) for char in plain)
    try:
        value = int(cn2an.cn2an(plain, "smart"))
    except (ValueError, KeyError):  # cn2an raises both
        return None
    return value if 0 < value <= MAX_VALUE else None


@lru_cache(maxsize=16_384)
def chinese_numeral(value: int) -> str:
    """The Chinese numeral of ``value``, 1 to 9999 (13 → 十三, 103 → 一百零三)."""
    return str(cn2an.an2cn(value, "low"))


def roman_value(numeral: str) -> int | None:
    """The value of a Roman numeral below 100 (iv, IX, Ⅻ); ``None`` if it is none."""
    plain = unicodedata.normalize("NFKC", numeral).lower()
    if not plain or not _ROMAN.fullmatch(plain):
        return None
    total = before = 0
    for char in reversed(plain):
        value = _ROMAN_VALUES[char]
        total += -value if value < before else value
        before = max(before, value)
    return total


def roman_numeral(value: int) -> str:
    """The Roman numeral of ``value``, 1 to 99, in capitals."""
    tens, ones = divmod(value, 10)
    return ("", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC")[tens] + (
        "",
        "I",
        "II",
        "III",
        "IV",
        "V",
        "VI",
        "VII",
        "VIII",
        "IX",
    )[ones]


def letter_value(letter: str) -> int | None:
    """1 for ``A`` or ``a``, 26 for ``Z``."""
    return ord(letter.lower()) - ord("a") + 1 if len(letter) == 1 and letter.isascii() else None


def sign_value(sign: str) -> int | None:
    """The value of a sign that holds a number: ③, ❸, ⑶, ⒊, ㈢; ``None`` if it holds none."""
    if len(sign) != 1:
        return None
    if "㈠" <= sign <= "㈩":
        return ord(sign) - ord("㈠") + 1
    value = unicodedata.numeric(sign, 0)
    return int(value) if value and value == int(value) else None
