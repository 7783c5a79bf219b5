"""Bytes of a policy file → text.

In: the bytes of a ``.txt`` or ``.md`` file. Out: its text, byte-order mark dropped, newlines
``\\n``. Policy files come as UTF-8, GB18030 (GBK, GB2312) or UTF-16. The decoding is the standard
library's; only the order of the attempts is ours, because a detector that guesses from letter
frequencies is wrong on short Chinese files: UTF-8 proves itself, so it goes first; UTF-16 and
GB18030 accept almost any bytes, so they must also yield text that reads as Chinese.
"""

from __future__ import annotations

import codecs
import re

from assistant.errors import EmptyFileError, NotTextError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its prefix
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNPROVEN = ("utf-16-le", "utf-16-be", "gb18030")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_ENOUGH = 0.7  # share of common characters below which a decoding is noise
_SAMPLE = 20_000  # characters looked at: enough to tell, and the same cost for any file

_REMEDY = "Save it as UTF-8 text, or take it out of the folder."


def _plausibility(text: str) -> float:
    """Share of characters that common Chinese text has: ASCII, Chinese punctuation, and the
    3,755 characters of GB 2312's first level. Wrongly decoded text falls far below."""
    sample = text[:_SAMPLE]
    good = 0
    for char in sample:
        if char < "\x80":
            good += char >= " " or char in "\t\n\r\f"
        elif "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uffef":
            good += 1
        else:
            try:
                lead = char.encode("gb2312")[0]
            except UnicodeEncodeError:
                continue
            good += lead <= 0xD7  # rows 16 to 55; 0xA1 to 0xA9 are punctuation
    return good / max(1, len(sample))


def decode(data: bytes, source: str) -> str:
    """The text in ``data``; ``source`` names the file in errors.

    Raises :class:`EmptyFileError` where there is no text, :class:`NotTextError` where the bytes
    are none.
    """
    text = _decode(data, source)
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    if not text.strip():
        raise EmptyFileError(f"{source}: the file is empty.", _REMEDY)
    if len(_CONTROL.findall(text[:_SAMPLE])) * 100 > min(len(text), _SAMPLE):
        raise NotTextError(f"{source}: the file is binary, not text.", _REMEDY)
    return text


def _decode(data: bytes, source: str) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise NotTextError(
                    f"{source}: the file is marked as {encoding} but byte {error.start} is not.",
                    _REMEDY,
                ) from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        broken: UnicodeDecodeError = error
    else:
        if "\x00" not in text:
            return text
        broken = UnicodeDecodeError("utf-8", b"\x00", 0, 1, "NUL characters")
    best, best_score = "", 0.0
    for encoding in _UNPROVEN:
        try:
            candidate = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        score = _plausibility(candidate)
        if score > best_score:
            best, best_score = candidate, score
    if best_score < _ENOUGH:
        raise NotTextError(
            f"{source}: the file is no text in UTF-8, GB18030 or UTF-16.", _REMEDY
        ) from broken
    return best
