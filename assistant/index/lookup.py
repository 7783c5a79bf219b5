"""Address or id → clause."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from assistant.clauses import Clause
from assistant.errors import ClauseNotFoundError
from assistant.index.addresses import levels_of, normal_address, with_digits
from assistant.index.entry import Entry
from assistant.index.store import Store
from assistant.text import fold

_ID = re.compile(r"^[0-9a-f]{16}$")
_N = "[零〇○一二三四五六七八九十百千两0-9]++"
"""Possessive: a run of digits is one numeral, not all the ways to part it."""
_LEVEL = (
    rf"(?:第?\s*{_N}\s*条(?:\s*之\s*{_N})?|第\s*{_N}\s*(?:部分|分编|编|篇|章|节|款|项|目|段|点)"
    rf"|第?\s*[(]\s*(?:{_N}|[a-z])\s*[)]\s*(?:[、.]|款|项|条)?|\d++(?:\.\d++)+|{_N}[)]|{_N}\s*[、.]?"
    r"|(?:article|section|chapter)\s+(?:\d+|[ivxlc]+)|(?:[ivx]+|[a-z])[.)]|[①-㊿])"
)
_LEVELS = re.compile(rf"(?:{_LEVEL}\s*+)++$")
_DEEPER = re.compile(rf"(第{_N}条(?:之{_N})?)\s*第.*[款项目].*$")
_ABOVE = re.compile(rf"(?:第{_N}(?:部分|分编|编|篇|章|节)\s*)+(?=第{_N}条)")
"""What stands above an article, which addresses leave out."""
_BARE_ARTICLE = re.compile(rf"(?<![第.{_N[1:-3]}]){_N}条")
_DOTTED_ARTICLE = re.compile(r"第\s*(\d+(?:\.\d+)+)\s*[条款项]")
_GENERIC = re.compile("^(?:支持|扶持|若干|专项|配套|实施|有关|相关)+")
"""Words before what a text calls itself that tell nothing apart: 支持政策."""
_SHOWN = 8
_MANY = 20
"""Documents whose clauses are looked through for a heading."""


def find_clause(store: Store, wanted: str) -> Clause | None:
    """The clause with the id ``wanted`` or at that address; ``None`` where there is none.

    Numerals and brackets are made equal: 第30条 is 第三十条, (3) is （三）. An address that goes
    below an article (第三十条第二款) leads to it; one that names only part of the title is good if
    no other clause fits. Raises :class:`ClauseNotFoundError` with the candidates where several do.
    """
    rows = rows_of(store, wanted)
    if len(rows) > 1:
        shown = [store.clause(row) for row in rows[:_SHOWN]]
        listed = "; ".join(f"{c.address} [{c.id}, {c.source}]" for c in shown)
        more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        raise ClauseNotFoundError(
            f"{wanted!r} fits {len(rows)} clauses: {listed}{more}.",
            "Name one of them in full, or by its id.",
        )
    return store.clause(rows[0]) if rows else None


def rows_of(store: Store, wanted: str) -> list[int]:
    """The rows of the clauses that ``wanted`` fits, an id or an address."""
    wanted = wanted.strip()
    if _ID.match(wanted):
        row = store.row_of_id(wanted)
        return [] if row is None else [row]
    alike = store.rows_at(normal_address(wanted))
    literal = [row for row, address in alike if address == wanted]
    return literal or [row for row, _ in alike] or _partial(store, wanted)


def same_number(levels: str, number: str) -> bool:
    """Whether the levels of an address are exactly that number, in the same brackets."""
    return _form(levels) == _form(fold(number)) and bool(number)


def _partial(store: Store, wanted: str) -> list[int]:
    """The clauses whose address ends with the number in ``wanted`` and whose place, title and part
    account for its other words. Of several, those whose levels are exactly that number, and of
    these those in the same brackets."""
    head, number = _split_number(wanted)
    if not number:
        return []
    tail = normal_address(number)
    found: list[tuple[int, str, Entry]] = []
    for document, clauses in store.ending_with(tail).items():
        entry = store.entries[document]
        if _accounts(entry, head):
            found += [(row, levels_of(address), entry) for row, address in clauses]
    own = [one for one in found if one[2].calls_itself and one[2].calls_itself in head]
    found = own or found  # 行动计划: the plan itself, not the annex that bears its title
    exact = [one for one in found if normal_address(one[1]) == tail]
    found = exact or found
    form = _form(number)
    same = [row for row, levels, _ in found if _form(levels).endswith(form)]
    return same or [row for row, _, _ in found]


def _form(levels: str) -> str:
    """Levels with their brackets, numerals made equal: （三） is (<3>), 3. is <3>."""
    return re.sub(r"[\s、.,，]+", "", with_digits(levels))


def _accounts(entry: Entry, head: str) -> bool:
    """Whether the words of ``head`` are names of the document or what it calls itself (政策 for a
    text that says 本政策), or stand in its title."""
    for name in entry.names:
        head = head.replace(name, " ")
    kind = entry.calls_itself
    return all(
        word in entry.folded_title or (kind and _GENERIC.sub("", word) in (kind, ""))
        for word in re.split(r"[\s《》的]+", head)
        if word
    )


def names_a_document(store: Store, head: str) -> bool:
    """Whether the words ahead of a number (杭州附件, 《…》) name a document of the library."""
    return any(True for _ in _named(store, head))


def has_below(store: Store, head: str, number: str) -> bool:
    """Whether ``number`` is a heading of a document that ``head`` names, with clauses below it."""
    above = normal_address(number)
    return any(
        normal_address(levels_of(address)).startswith(above)
        for address in _addresses(store, _named(store, head))
    )


def sections(store: Store, head: str, number: str) -> list[list[int]]:
    """For each document that ``head`` names and that has ``number`` as a heading, the rows of the
    clauses there, those of what introduces them included; nothing where ``head`` names more than
    :data:`_MANY` documents."""
    documents = list(islice(_named(store, head), _MANY + 1))
    above = _form(fold(number))
    found = []
    for document in documents if len(documents) <= _MANY else ():
        levels = {
            row: _form(levels_of(store.clause(row).address))
            for row in store.rows_of_document(document)
        }
        if any(own.startswith(above) and own != above for own in levels.values()):
            found.append([row for row, own in levels.items() if own.startswith(above)])
    return found


def _split_number(address: str) -> tuple[str, str]:
    """An address as what names the document, and the number at its end: 30条 as 第三十条, without
    what is above or below an article."""
    plain = fold(address)
    plain = _DOTTED_ARTICLE.sub(r"\1", plain)
    plain = _BARE_ARTICLE.sub(lambda match: f"第{match.group()}", plain)
    plain = _ABOVE.sub("", _DEEPER.sub(r"\1", plain))
    match = _LEVELS.search(plain)
    return (plain[: match.start()], match.group()) if match else (plain, "")


def nearest_addresses(store: Store, wanted: str) -> list[str]:
    """The addresses most like one that fits no clause: those with its number elsewhere, or those of
    the document that it names; at most :data:`_SHOWN`."""
    head, number = _split_number(wanted)
    tail = normal_address(number)
    with_number = store.ending_with(tail) if tail else {}
    near = [address for clauses in with_number.values() for _, address in clauses][:_SHOWN]
    if near or not head.strip():
        return near
    return list(islice(_addresses(store, _named(store, head)), _SHOWN))


def _named(store: Store, head: str) -> Iterator[int]:
    """The rows of the documents that ``head`` names."""
    return (row for row, entry in enumerate(store.entries) if _accounts(entry, head))


def _addresses(store: Store, documents: Iterable[int]) -> Iterable[str]:
    for document in documents:
        for row in store.rows_of_document(document):
            yield store.clause(row).address
