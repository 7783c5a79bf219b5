"""Address or id → clause."""

from __future__ import annotations

import re
import unicodedata

from assistant.clauses import Clause
from assistant.clauses.numbers import chinese_numeral, chinese_value
from assistant.errors import ClauseNotFoundError
from assistant.index.store import Store
from assistant.text import fold

_ID = re.compile(r"^[0-9a-f]{16}$")
_NUMERAL = re.compile(r"[零〇○一二三四五六七八九十百千两]+|\d+")
_NOISE = re.compile(r"[\s《》()〔〕【】\[\]、.,，:：\"“”]+")
_DEEPER = re.compile(
    r"(第[一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?)第.*[款项目].*$"
)
_SHOWN = 8


def find_clause(store: Store, wanted: str) -> Clause | None:
    """The clause with the id ``wanted`` or at that address; ``None`` where there is none.

    Numerals and brackets are made equal: 第30条 is 第三十条, (3) is （三）. An address that goes
    below an article (第三十条第二款) leads to it; one that names only part of the title is good if
    no other clause fits. Raises :class:`ClauseNotFoundError` with the candidates where several do.
    """
    wanted = wanted.strip()
    if _ID.match(wanted):
        row = store.row_of_id(wanted)
        return None if row is None else store.clause(row)
    literal = [row for row, address in store.addresses() if address == wanted]
    key = normal_address(wanted)
    if not literal and not key:
        return None
    rows = literal or [row for row, address in store.addresses() if normal_address(address) == key]
    rows = rows or _partial(store, wanted)
    if len(rows) > 1:
        listed = "; ".join(store.clause(row).address for row in rows[:_SHOWN])
        more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        raise ClauseNotFoundError(
            f"{wanted!r} fits {len(rows)} clauses: {listed}{more}.", "Name one of them in full."
        )
    return store.clause(rows[0]) if rows else None


def normal_address(address: str) -> str:
    """An address with numerals, brackets and marks made equal."""
    return _NOISE.sub("", _NUMERAL.sub(_digits, fold(address)))


def _digits(match: re.Match[str]) -> str:
    value = chinese_value(match.group())
    return f"<{value}>" if value else match.group()


def _partial(store: Store, wanted: str) -> list[int]:
    """The clauses whose address ends with the number in ``wanted`` and whose title, place and part
    hold its other words."""
    plain = unicodedata.normalize("NFKC", wanted)
    plain = re.sub(r"第(\d{1,4})条", lambda m: f"第{chinese_numeral(int(m[1]))}条", plain)
    plain = _DEEPER.sub(r"\1", plain)
    head, number = _split_number(plain)
    if not number:
        return []
    tail = normal_address(number)
    words = [fold(word) for word in re.split(r"[\s《》]+", head) if word]
    rows: list[int] = []
    for row, address in store.addresses():
        title, _, levels = address.rpartition("》")
        if not normal_address(levels).endswith(tail):
            continue
        document = store.clause(row).document
        about = fold(
            f"{title} {document.region} {document.part} {' '.join(document.aliases)} {levels}"
        )
        if all(word in about for word in words):
            rows.append(row)
    return rows


def _split_number(address: str) -> tuple[str, str]:
    """An address as what names the document, and the number at its end."""
    match = re.search(
        r"((?:第[零〇一二三四五六七八九十百千两\d]+条(?:之[一二三四五六七八九十]+)?|[(（]?[零〇一二三四五六七八九十百千两\d]+[)）、.]?)+)$",
        address.strip(),
    )
    return (address[: match.start()], match[1]) if match else (address, "")
