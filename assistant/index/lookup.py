"""Address or id → clause."""

from __future__ import annotations

import re
import unicodedata

from assistant.clauses import Clause
from assistant.clauses.numbers import chinese_numeral, chinese_value
from assistant.errors import ClauseNotFoundError
from assistant.index.store import Store
from assistant.reading import ANNEX, Document, short_name
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
        shown = [store.clause(row) for row in rows[:_SHOWN]]
        listed = "; ".join(f"{c.address} [{c.id}, {c.source}]" for c in shown)
        more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        raise ClauseNotFoundError(
            f"{wanted!r} fits {len(rows)} clauses: {listed}{more}.",
            "Name one of them in full, or by its id.",
        )
    return store.clause(rows[0]) if rows else None


def normal_address(address: str) -> str:
    """An address with numerals, brackets and marks made equal."""
    return _NOISE.sub("", _NUMERAL.sub(_digits, fold(address)))


def _digits(match: re.Match[str]) -> str:
    value = chinese_value(match.group())
    return f"<{value}>" if value else match.group()


def _partial(store: Store, wanted: str) -> list[int]:
    """The clauses whose address ends with the number in ``wanted`` and whose place, title and part
    account for its other words. Of several, those whose levels are exactly that number, and of
    these those in the same brackets."""
    plain = unicodedata.normalize("NFKC", wanted)
    plain = re.sub(r"第(\d{1,4})条", lambda m: f"第{chinese_numeral(int(m[1]))}条", plain)
    plain = _DEEPER.sub(r"\1", plain)
    head, number = _split_number(plain)
    if not number:
        return []
    tail = normal_address(number)
    head = fold(head)
    found: list[tuple[int, str]] = []
    for row, address in store.addresses():
        levels = address.rpartition("》")[2].removeprefix(ANNEX)
        if normal_address(levels).endswith(tail) and _accounts(store.clause(row).document, head):
            found.append((row, levels))
    exact = [(row, levels) for row, levels in found if normal_address(levels) == tail]
    found = exact or found
    form = _form(number)
    same = [row for row, levels in found if _form(levels).endswith(form)]
    return same or [row for row, _ in found]


def _form(levels: str) -> str:
    """Levels with their brackets, numerals made equal: （三） is (<3>), 3. is <3>."""
    return re.sub(r"[\s、.,，]+", "", _NUMERAL.sub(_digits, fold(levels)))


def _accounts(document: Document, head: str) -> bool:
    """Whether the words of ``head`` are names of the document, or stand in its title."""
    title = fold(document.title)
    names = (document.region, short_name(document.region), document.part, document.source)
    for name in sorted(map(fold, (*names, *document.aliases, document.title)), key=len)[::-1]:
        if name:
            head = head.replace(name, " ")
    return all(word in title for word in re.split(r"[\s《》的]+", head) if word)


def _split_number(address: str) -> tuple[str, str]:
    """An address as what names the document, and the number at its end."""
    match = re.search(
        r"((?:第[零〇一二三四五六七八九十百千两\d]+条(?:之[一二三四五六七八九十]+)?"
        r"|[(（]?[零〇一二三四五六七八九十百千两\d]+[)）、.]?)*第\d+段"
        r"|(?:第[零〇一二三四五六七八九十百千两\d]+条(?:之[一二三四五六七八九十]+)?"
        r"|[(（]?[零〇一二三四五六七八九十百千两\d]+[)）、.]?)+)$",
        address.strip(),
    )
    return (address[: match.start()], match[1]) if match else (address, "")
