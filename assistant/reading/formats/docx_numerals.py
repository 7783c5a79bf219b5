"""Values → numerals in the number formats of Word (ISO/IEC 29500-1, 17.18.59)."""

from __future__ import annotations

import cn2an

_DIGITS = "一二三四五六七八九"
_SIGNS = {
    "decimalEnclosedCircle": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedCircleChinese": "①②③④⑤⑥⑦⑧⑨⑩",
    "decimalEnclosedFullstop": "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛",
    "decimalEnclosedParen": "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇",
    "ideographEnclosedCircle": "㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩",
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
}
"""Formats that have one sign for each value; above the last one Word prints plain digits."""
_BY_DIGIT = {
    form: str.maketrans("0123456789", digits)
    for form, digits in (
        ("decimalFullWidth", "０１２３４５６７８９"),
        ("decimalFullWidth2", "０１２３４５６７８９"),
        ("ideographDigital", f"〇{_DIGITS}"),
        ("japaneseDigitalTenThousand", f"〇{_DIGITS}"),
        ("taiwaneseDigital", f"○{_DIGITS}"),
        ("chineseCounting", f"○{_DIGITS}"),
        ("taiwaneseCounting", f"○{_DIGITS}"),
    )
}
SILENT = frozenset({"none", "bullet"})
_TRADITIONAL = str.maketrans("贰叁陆万", "貳參陸萬")
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
    (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip


def numeral(value: int, form: str) -> str:
    """``value`` in a number format of Word's (13, ``chineseCounting`` → 十三). A format that is not
    known, or ends below ``value``, gives plain digits."""
    if form in SILENT:
        return ""
    if signs := _SIGNS.get(form):
        return signs[value - 1] if 1 <= value <= len(signs) else str(value)
    if form in {"chineseCounting", "taiwaneseCounting"} and 0 < value < 100:
        return str(cn2an.an2cn(value, "low"))
    if digits := _BY_DIGIT.get(form):
        return str(value).translate(digits)
    match form:
        # Word shortens 一百零一 to 百一 in the Japanese form; nobody reads that in a Chinese text
        case "chineseCountingThousand" | "taiwaneseCountingThousand" | "japaneseCounting":
            return str(cn2an.an2cn(value, "low"))
        case "chineseLegalSimplified":
            return str(cn2an.an2cn(value, "up"))
        case "ideographLegalTraditional":
            return str(cn2an.an2cn(value, "up")).translate(_TRADITIONAL)
        case "upperLetter" | "lowerLetter":
            return _letters(value, "A" if form == "upperLetter" else "a")
        case "upperRoman":
            return _roman(value)
        case "lowerRoman":
            return _roman(value).lower()
        case "decimalZero":
            return f"{value:02}"
        case "numberInDash":
            return f"- {value} -"
    # a form of the user's own, "001, 002, …", is kept as its first number
    return str(value).zfill(len(form)) if form.isdecimal() else str(value)


def _letters(value: int, first: str) -> str:
    """A … Z, AA, BB … (not AB): as Word goes on after Z."""
    repeats, letter = divmod(value - 1, 26)
    return chr(ord(first) + letter) * (repeats + 1) if 0 <= repeats < 30 else str(value)


def _roman(value: int) -> str:
    if not 0 < value < 4_000:
        return str(value)
    numeral = ""
    for worth, letters in _ROMAN:
        count, value = divmod(value, worth)
        numeral += letters * count
    return numeral
