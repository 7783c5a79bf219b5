"""What a clause refers to: 依照第三条, 《…法》第十条第二款, 第(十)、(十三)项.

References inside a document are resolved when it is split, those to another document when both
are in one library (:func:`link`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from assistant.clauses.clause import Clause, Outline, Reference
from assistant.clauses.numerals import chinese_numeral, chinese_value
from assistant.reading import Document

_N = r"(?:[零〇○一二三四五六七八九十百千两]+|\d{1,4})"
_S = r"[ \u3000]*"
_BRACKETED = rf"[(（]{_S}{_N}{_S}[)）]"
_ITEMS = rf"{_BRACKETED}(?:{_S}(?:[、,，和及与或]|至){_S}{_BRACKETED})*"
_ARTICLE = re.compile(
    rf"(?:《(?P<title>[^》\n]{{2,60}})》(?:[(（][^()（）]{{1,30}}[)）])?{_S}(?:的{_S})?)?"
    rf"第{_S}(?P<n>{_N}){_S}条(?:{_S}之{_S}(?P<sub>[一二三四五六七八九十]{{1,2}}))?"
    rf"(?:{_S}第{_S}{_N}{_S}款)?(?:{_S}第{_S}(?:{_N}|{_ITEMS}){_S}项)?"
)
_ITEM = re.compile(rf"第{_S}(?P<items>{_ITEMS}){_S}(?:项|条|款|点)")
_ITEM_NUMBER = re.compile(rf"[(（]{_S}(?P<n>{_N}){_S}[)）]")
_PREVIOUS = re.compile(r"前条(?!件|例)")
_JOINED = re.compile(
    rf"{_S}(?:[、,，]?(?:以及|或者|和|及|与|或)|[、,，]){_S}(?:第{_S}{_N}{_S}款{_S}[、和]{_S})?"
)
_TO = re.compile(rf"{_S}(?:至|到|-|—){_S}")
_OTHER_LAW = re.compile(r"(?:法|法典|条例|规定|办法|细则|规则|解释|章程|决定)$")
_THIS = re.compile(
    r"(?:本|上述|前述)(?:法|条例|规定|办法|细则|规则|解释|章程|决定|措施|政策|意见|方案|计划|通知)$"
)
_MAX_RANGE, _MAX_NAME = 60, 30
_STATE = "中华人民共和国"


def references_in(clause: Clause) -> Iterator[Reference]:
    """What ``clause`` refers to, in order, not resolved. ``document`` is the title in brackets
    where one is given, ``"?"`` where another text is meant that the words do not name in brackets
    (企业所得税法第十条)."""
    text, begin, end = clause.document.text, clause.start, clause.end
    by_articles = clause.number.startswith("第")
    units = ("条",) if by_articles else ("条", "项", "款", "点")
    if sum(text.count(unit, begin, end) for unit in units) <= by_articles:
        return  # its own number: a quick look, since few clauses refer to any
    before: Reference | None = None
    taken: list[tuple[int, int]] = []
    for match in _ARTICLE.finditer(text, begin, end):
        if match.start() == begin and clause.number and not match["title"]:
            continue  # the clause's own number
        taken.append(match.span())
        title = match["title"] or ""
        ahead = text[max(begin, match.start() - 8) : match.start()].rstrip()
        if not title and before and _JOINED.fullmatch(text, before.end, match.start()):
            title = before.document
        elif not title and _OTHER_LAW.search(ahead) and not _THIS.search(ahead):
            title = "?"
        number = _article(match["n"], match["sub"])
        if not number:
            continue
        if before and _TO.fullmatch(text, before.end, match.start()):
            title = title or before.document
            for between in _between(before.number, number):
                yield Reference(match.start(), match.end(), title, between)
        before = Reference(match.start(), match.end(), title, number)
        yield before
    for match in () if by_articles else _ITEM.finditer(text, begin, end):
        if any(first < match.end() and match.start() < last for first, last in taken):
            continue  # 第三条第（一）项 is the article's
        items = list(_ITEM_NUMBER.finditer(match["items"]))
        reached = 0
        for item in items:
            value = chinese_value(item["n"]) or 0
            between = match["items"][items[0].start() : item.start()].rstrip()
            first = reached + 1 if between.endswith(("至", "到", "-")) and reached else value
            for one in range(first, min(value, first + _MAX_RANGE) + 1):
                shown = chinese_numeral(one) if one and not item["n"].isdecimal() else one
                if one:
                    yield Reference(match.start(), match.end(), "", f"（{shown}）")
            reached = value
    for match in _PREVIOUS.finditer(text, begin, end) if by_articles else ():
        yield Reference(match.start(), match.end(), "", "")


def _article(numeral: str, sub: str | None) -> str:
    value = chinese_value(numeral)
    if not value:
        return ""
    return f"第{chinese_numeral(value)}条" + (f"之{sub}" if sub else "")


def _between(first: str, last: str) -> Iterator[str]:
    """The articles between two: 第四条 for 第三条至第五条."""
    low, high = (chinese_value(number[1:].partition("条")[0]) for number in (first, last))
    if low and high and low < high <= low + _MAX_RANGE:
        for value in range(low + 1, high):
            yield f"第{chinese_numeral(value)}条"


def with_references(clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    """The clauses of a document with what they refer to; what lies in the document is resolved."""
    numbered = _by_number(clauses)
    previous = {later.id: earlier for earlier, later in pairwise(clauses)}
    return tuple(
        replace(clause, references=found)
        if (found := tuple(_resolved(clause, numbered, previous)))
        else clause
        for clause in clauses
    )


def _by_number(clauses: Iterable[Clause]) -> dict[str, list[Clause]]:
    numbered: dict[str, list[Clause]] = {}
    for clause in clauses:
        if clause.number:
            numbered.setdefault(clause.number, []).append(clause)
    return numbered


def _resolved(
    clause: Clause, numbered: Mapping[str, list[Clause]], previous: Mapping[str, Clause]
) -> Iterator[Reference]:
    for reference in sorted(references_in(clause), key=lambda one: (one.start, one.end)):
        if reference.document:
            yield reference
        elif not reference.number:
            if earlier := previous.get(clause.id):
                yield replace(reference, number=earlier.number, ids=(earlier.id,))
        else:
            yield replace(reference, ids=_nearest(clause, numbered.get(reference.number, [])))


def _nearest(clause: Clause, found: Sequence[Clause]) -> tuple[str, ...]:
    """The id of the one clause meant; of several that of the one below the same heading."""
    if len(found) > 1:
        found = [other for other in found if other.path == clause.path]
    return (found[0].id,) if len(found) == 1 else ()


def link(outlines: Sequence[Outline]) -> list[Outline]:
    """The outlines of a library with the references from one document to another resolved: those
    that name it in brackets (《民法典》第十条) and those that do not (民法典第十条)."""
    titled: dict[str, list[int]] = {}
    for i, outline in enumerate(outlines):
        for name in titles_of(outline.document):
            titled.setdefault(name, []).append(i)
    numbered = [_by_number(outline.clauses) for outline in outlines]

    def ids(document: int, number: str) -> list[str]:
        return [clause.id for clause in numbered[document].get(number, ())]

    return [
        replace(outline, clauses=tuple(linked(clause, titled, ids) for clause in outline.clauses))
        for outline in outlines
    ]


def titles_of(document: Document) -> set[str]:
    """The names by which other texts refer to a document."""
    return {document.title, document.title.removeprefix(_STATE)}


def linked(
    clause: Clause,
    titled: Mapping[str, Sequence[int]],
    ids: Callable[[int, str], Sequence[str]],
) -> Clause:
    """``clause`` with its references to other documents resolved. ``titled`` gives the documents of
    a title, ``ids`` the clauses with a number in one of them."""
    if not any(reference.document for reference in clause.references):
        return clause
    found = []
    for reference in clause.references:
        name = reference.document
        if name == "?":
            name = _named_before(clause, reference, titled)
        others = [
            ident
            for document in titled.get(name.removeprefix(_STATE), ())
            for ident in ids(document, reference.number)
        ]
        one = len(others) == 1 and bool(reference.document)
        found.append(replace(reference, document=name, ids=tuple(others)) if one else reference)
    return replace(clause, references=tuple(found))


def _named_before(clause: Clause, reference: Reference, titled: Container[str]) -> str:
    """The longest title that stands right before a reference, without brackets; ``"?"`` where
    there is none."""
    at = reference.start
    ahead = clause.document.text[max(clause.start, at - _MAX_NAME) : at].rstrip()
    names = (ahead[i:] for i in range(len(ahead) - 1))
    return next((name for name in names if name in titled), "?")
