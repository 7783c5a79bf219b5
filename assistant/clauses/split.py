"""Document → clauses.

The items of :mod:`.series` become clauses by the rules of the trade: in texts numbered by 第X条 the
article is the clause; elsewhere the smallest numbered item; a heading with several unnumbered
paragraphs below gives a clause for each of them.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.clauses.clause import Clause, Heading, Outline
from assistant.clauses.numbers import CN_DUN, CN_PAREN, Candidate
from assistant.clauses.references import with_references
from assistant.clauses.series import Item, outline
from assistant.reading import Document, LeftOut
from assistant.reading.annexes import annexed_lists
from assistant.reading.dates import DAY
from assistant.reading.lines import Line, full_measure, logical_lines, trim, width
from assistant.reading.titles import bare
from assistant.text import without_bold

CLAUSE_RULES = "4"
"""Version of the rules of reading and of splitting, what formats give included; an index made under
others is rebuilt from the files."""

_MAX_HEADING = 42
_MAX_TITLE = 26
_CLOSING = re.compile(
    r"^(?:本(?:行动计划|实施方案|方案|政策|办法|措施|意见|规定|细则|通知|条例|规则|若干|决定|解释|通告"
    r"|公告|规范|指南|标准|规程|规划|目录|清单)"
    r"|以上(?:政策|措施)|此前|原.{2,40}废止)"
)
_SIGNED_OFF = re.compile(
    r"^(?:附[:：件录表]|[(（]?(?:联系人|此件)|\d{4}年\d{1,2}月\d{1,2}日$|抄送"
    r"|特此(?:通知|公告|通告|公示|函复|说明|批复)|.{2,24}\d{4}年\d{1,2}月\d{1,2}日印发$"
    r"|[\u4e00-\u9fff]{2,20}(?:局|厅|府|委员会|办公室|办公厅|院)$)"
)
"""What stands behind the last item of a text and is none of it: who signed, what is annexed."""
_IN_FORCE = re.compile(r"^本\s*\S{2,8}\s*自.{1,24}起(?:正式)?(?:施行|实施|执行|生效)")
_OF_FORCE = re.compile(r"附\s*则|其\s*他|施行|实施|执行|生效|期限|有效|时间|日期|解释|说明")
"""A heading over a sentence that says since when the text holds."""
_LEADS_IN = re.compile(r"(?:如下|下列|以下|修改为|改为|包括|为|是)\S{0,4}[：:]$")
"""A line that begins a sentence which the lines below it end."""
_ADDRESSEE = re.compile(r"^[^。；;，,]{2,60}[：:]$")
_SIGNATURE = re.compile(
    rf"^(?:{DAY}|[(（]?盖章[)）]?|[\u4e00-\u9fff]{{2,20}}(?:局|厅|府|委员会|办公室|办公厅|院))$"
)
_RULE = re.compile(
    r"给予|应当|不得|可以|不超过|不低于|起(?:施行|实施|执行)|(?:有效期|期限)(?:为|至)|予以|负责|\d\s*(?:万|亿)?元"
    r"|\d\s*[%％]|，|,"
)
"""What a sentence that rules something holds, and a heading that ends in a full stop does not."""
_FULL = 0.8
_ENDED = re.compile(r"[。；;！？!?：:][”’」』）)】]*$|[）)】”]$")
_UNFINISHED = re.compile(
    r"(?:的|超过|低于|按|按照|依照|为|与|和|及|或|对|将|至|在|于|由|经|给予|达到|[、，,(（《“])$"
)
"""How a line ends whose sentence goes on below."""
_LONE_NUMBER = re.compile(r"^\d{1,4}$")
"""A number that a scan left alone on its line: part of the paragraph before, no paragraph."""
_DOTTED = re.compile(r"\d+\.\d")
_NO_TITLE = re.compile(r"^(?:本|对|除|各|凡|该|其|经|由|在|自|有下列)")
_TITLE_END = re.compile("[。：:]")
_RESPONSIBLE = re.compile(
    r"[(（\[［【〔]\s*(?:(?:责任|牵头|负责|实施|主管|配合|承办)(?:单位|部门)\s*[:：]\s*(?P<named>[^\[\]［］【】]+?)"
    r"|(?P<charged>[^。；:：\[\]]{2,200}?)\s*负责)\s*[)）\]］】〕]\s*[。]?\s*$"
)
_BODY_LABEL = re.compile(r"[；;，,]?(?:责任|牵头|负责|实施|主管|配合|承办|参与)(?:单位|部门)[:：]")
_OTHER_LABEL = re.compile(r"[；;，,][^；;：:]{2,8}[:：].*$")
"""Another label in the bracket (完成时限：…), and all that follows it."""
_DUTIES = re.compile(r"(?:等(?:部门|单位)?|按(?:照)?(?:各自)?职责(?:分工)?|分工)+$")
_BODIES = re.compile("[、，,；;]")
_MARKED = re.compile(r"^#{1,6}\s[^。；;！？]*$")
"""A heading of Markdown: marks, a space, and no sentence."""
_HEAD_MARK = re.compile(r"^#{1,6}\s*")


Above = tuple[tuple[str, str], ...]
"""The headings above a clause, outermost first: as shown, and the number as cited."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A clause in the making."""

    start: int
    end: int
    item: Item | None
    """The item whose number it bears; ``None`` for a paragraph without one."""
    above: Above
    heading: str


def split_clauses(document: Document) -> list[Clause]:
    """The clauses of a document, in order; leaves only."""
    return list(read_outline(document).clauses)


def read_outline(document: Document) -> Outline:
    """The clauses of a document with all that stands around them."""
    return _Splitter(document).run()


class _Splitter:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.text = document.text
        self.pieces: list[_Piece] = []
        self.headings: list[Heading] = []
        self.marks: list[LeftOut] = []
        self.heading_series: dict[int, bool] = {}
        gone = {(piece.start, piece.end) for piece in document.left_out} | set(document.headings)
        lines = logical_lines(self.text, document.start, document.end)
        self.lines = [
            Line(*trim(self.text, line.start, line.end), line.unwrapped)
            for line in _cut_out(lines, gone)
        ]
        self.measure = full_measure(self.text, self.lines)
        self.lines = list(self.annexes_joined())

    def annexes_joined(self) -> Iterator[Line]:
        """The lines, a list of annexes as one of them: its numbers number no items."""
        at = 0
        for first, last in annexed_lists(self.text, self.lines):
            yield from self.lines[at:first]
            yield Line(self.lines[first].start, self.lines[last - 1].end)
            at = last
        yield from self.lines[at:]

    def run(self) -> Outline:
        root = outline(self.text, self.lines, self.document.end)
        self.headings.extend(Heading(a, b, 0) for a, b in self.document.headings)
        waiting: list[tuple[Item, Above]] = [(root, ())]
        while waiting:
            item, above = waiting.pop()
            below = self.visit(item, above)
            waiting.extend((child, below) for child in item.children)
        self.pieces.sort(key=lambda piece: piece.start)
        self.headings.sort(key=lambda heading: heading.start)
        return Outline(
            self.document,
            with_references(list(_named(self.document, self.pieces))),
            tuple(self.headings),
            tuple(sorted((*self.document.left_out, *self.marks), key=lambda piece: piece.start)),
        )

    def visit(self, item: Item, above: Above) -> Above:
        """Collects the pieces and headings of ``item``; what stands above the items below it."""
        begin = item.candidate.end if item.candidate else self.document.start
        first = item.children[0].candidate if item.children else None
        stop = first.begin if first else item.end
        own = self.between(begin, stop)
        below = above
        if item.candidate and item.candidate.begin < item.candidate.start:
            start, end = trim(self.text, item.candidate.begin, item.candidate.start)
            if start < end:
                self.marks.append(LeftOut(start, end, "markup"))
        if item.candidate is None:
            self.paragraphs(own, above)
        elif item.children:
            below = self.parent(item, own, above)
        else:
            self.leaf(item, own, above)
        return below

    def between(self, start: int, end: int) -> list[Line]:
        """The logical lines of ``[start, end)``, cut at its ends."""
        low, high = 0, len(self.lines)
        while low < high:  # the lines are sorted: find the first that ends behind start
            middle = (low + high) // 2
            if self.lines[middle].end <= start:
                low = middle + 1
            else:
                high = middle
        cut: list[Line] = []
        for index in range(low, len(self.lines)):  # a slice would copy the rest each time
            line = self.lines[index]
            if line.start >= end:
                break
            a, b = trim(self.text, max(line.start, start), min(line.end, end))
            if a < b:
                cut.append(Line(a, b, line.unwrapped))
        return cut

    def shown(self, line: Line) -> str:
        return self.text[line.start : line.end]

    def is_heading(self, line: Line) -> bool:
        """Whether a line that has text below it is a heading: short, one phrase, no clause of a
        sentence in it."""
        shown = _HEAD_MARK.sub("", self.shown(line))
        inner = shown.rstrip("。 ：:")
        return (
            len(inner) <= _MAX_HEADING
            and not re.search("[。；;！]", inner)
            and not shown.endswith(("，", ","))
            and not (shown.endswith(("。", "；", ";")) and _RULE.search(inner))
        )

    def is_bare_heading(self, line: Line, below: Line) -> bool:
        """Whether an unnumbered line heads the paragraph ``below``: no stop at its end."""
        shown = self.shown(line)
        if _MARKED.match(shown):
            return True
        return (
            width(shown) <= 50
            and not re.search(r"[。；;，,！？：:、|｜]|\d\s*(?:元|万|%|％)|^\d+\s", shown)
            and not _UNFINISHED.search(shown)
            and below.end - below.start > len(shown)
            and bool(re.search("[。；：]", self.shown(below)))
        )

    def gathered(self, lines: Sequence[Line]) -> list[Line]:
        """The lines, those joined that make one paragraph: a number alone on its line with what
        stands before it, whom a notice addresses with what it tells them, who signed with when."""
        found: list[Line] = []
        before = shown = ""
        for line in lines:
            before, shown = shown.rpartition("\n")[2], self.shown(line)
            full = self.measure and len(before) >= _FULL * self.measure
            if before and (
                _LONE_NUMBER.match(shown)
                or _UNFINISHED.search(before)
                or (full and not _ENDED.search(before))
                or (
                    _SIGNATURE.match(bare(shown)) and _SIGNATURE.match(bare(before).split("\n")[-1])
                )
                or (len(found) == 1 and _ADDRESSEE.match(before) and not _MARKED.match(shown))
            ):
                found[-1] = Line(found[-1].start, line.end, line.unwrapped)
            else:
                found.append(line)
        return found

    def paragraphs(self, lines: Sequence[Line], above: Above) -> None:
        """Unnumbered paragraphs, each a clause; short lines over them are headings."""
        lines = self.gathered(lines)
        under = above
        for i, line in enumerate(lines):
            if i + 1 < len(lines) and self.is_bare_heading(line, lines[i + 1]):
                self.headings.append(Heading(line.start, line.end, len(above)))
                under = (*above, (_unmarked(self.shown(line)), ""))
            elif _MARKED.match(self.shown(line)):
                self.headings.append(Heading(line.start, line.end, len(above)))
            else:
                self.pieces.append(_Piece(line.start, line.end, None, under, self.title_of(line)))

    def parent(self, item: Item, own: Sequence[Line], above: Above) -> Above:
        """An item with items below it: its heading, and what introduces them."""
        assert item.candidate is not None
        first = item.candidate.start
        if own and not self.is_heading(own[0]):
            # no heading but a body that leads to a list: it is a clause with the item's number
            shown = _unmarked(_TITLE_END.split(self.text[first : own[0].end])[0])
            self.pieces.append(_Piece(first, own[-1].end, item, above, self.title_of(own[0])))
            return (*above, (shown[:_MAX_HEADING], item.candidate.cited))
        end = own[0].end if own else trim(self.text, first, item.candidate.end)[1]
        self.headings.append(Heading(first, end, len(above)))
        below = (*above, (_unmarked(self.text[first:end]), item.candidate.cited))
        self.paragraphs(own[1:], below)
        return below

    def leaf(self, item: Item, own: Sequence[Line], above: Above) -> None:
        """An item without items below it: one clause, or one for each paragraph below a heading."""
        assert item.candidate is not None
        first = item.candidate.start
        own, closing = self.closing(item, own)
        if not own:
            # a number or a heading with nothing below it
            end = trim(self.text, first, item.candidate.end)[1]
            self.headings.append(Heading(first, end, len(above)))
        elif (
            not item.whole
            and len(self.gathered(own)) > 2
            and self.is_heading(own[0])
            and not _LEADS_IN.search(self.shown(own[0]))
        ):
            self.headings.append(Heading(first, own[0].end, len(above)))
            below = (*above, (_unmarked(self.text[first : own[0].end]), item.candidate.cited))
            self.paragraphs(own[1:], below)
        elif len(own) == 1 and self.is_structure(item, own[0]):
            self.headings.append(Heading(first, own[0].end, len(above)))
        else:
            heading = (
                _unmarked(self.shown(own[0])).strip("。：: *")
                if len(own) > 1 and self.is_heading(own[0]) and not item.whole
                else self.title_of(own[0])
            )
            self.pieces.append(_Piece(first, own[-1].end, item, above, heading))
        self.paragraphs(closing, ())

    def is_structure(self, item: Item, line: Line) -> bool:
        """Whether a leaf is a mere heading: 第二章 总则 with nothing below it, or 四、组织实施
        among items that are headings. Among others like it （二）近三个月银行流水 is a clause."""
        form = item.form
        assert form is not None
        shown = self.shown(line)
        return (
            (
                (form.of_statute and not item.whole)
                or (form in (CN_DUN, CN_PAREN) and self.heads_others(item))
            )
            and len(shown) <= _MAX_HEADING
            and not re.search("[。；，,：:]", shown)
        )

    def heads_others(self, item: Item) -> bool:
        """Whether any item of the series of ``item`` has items or paragraphs below it; the last one
        does not count: what follows it may be the text's own."""
        parent = item.parent
        assert parent is not None
        if id(parent) not in self.heading_series:
            self.heading_series[id(parent)] = any(
                child.children
                or (child.candidate and len(self.between(child.candidate.end, child.end)) > 1)
                for child in parent.children[:-1]
            )
        return self.heading_series[id(parent)]

    def closing(self, item: Item, own: Sequence[Line]) -> tuple[Sequence[Line], Sequence[Line]]:
        """Splits off what closes the whole document behind its last item (本办法自…起施行)."""
        if item.end != self.document.end or (item.whole and len(own) < 2):
            return own, ()
        body_from = 1
        if own and self.is_heading(own[0]):
            # 四、其他事项 heads all that follows; behind （三） among items of one paragraph each,
            # the paragraph after the first is the document's own
            body_from = 2 if self.follows_short_items(item) else len(own)
        heading = self.shown(own[0]) if own else ""
        for i, line in enumerate(own):
            shown = self.shown(line)
            in_force = i and not item.whole and _IN_FORCE.match(shown)
            if in_force and not _OF_FORCE.search(heading[:_MAX_HEADING]):
                return own[:i], own[i:]
            if i and _SIGNED_OFF.match(shown) and (i > 1 or not self.is_bare_signature(own, i)):
                return own[:i], own[i:]
            if i < body_from:
                continue
            if _SIGNED_OFF.match(shown) or (_CLOSING.match(shown) and not item.whole):
                return own[:i], own[i:]
        return own, ()

    def is_bare_signature(self, own: Sequence[Line], at: int) -> bool:
        """Whether the line is a body's name that nothing shows to be a signature: no day below."""
        below = self.shown(own[at + 1]) if at + 1 < len(own) else ""
        return not _SIGNATURE.match(bare(below)) and bool(_SIGNATURE.match(self.shown(own[at])))

    def follows_short_items(self, item: Item) -> bool:
        """Whether the item before is a heading with one paragraph."""
        siblings = item.parent.children if item.parent else []
        place = siblings.index(item)
        if place == 0 or siblings[place - 1].children:
            return False
        before = siblings[place - 1]
        assert before.candidate is not None
        own = self.between(before.candidate.end, before.end)
        return len(own) == 2 and self.is_heading(own[0])

    def title_of(self, line: Line) -> str:
        """The title that a paragraph bears as its first sentence, or ``""``: 壮大跨境电商主体。…"""
        shown = _unmarked(self.shown(line))
        head, stop, rest = shown.partition("。")
        if not stop or not rest.strip() or len(head) > _MAX_TITLE or _NO_TITLE.match(head):
            return ""
        return re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", head).lstrip("-—－· ")


def _unmarked(text: str) -> str:
    """A heading without the marks of Markdown, unless it is nothing but these."""
    bare = _HEAD_MARK.sub("", text)
    return without_bold(bare).strip() or bare


def _cut_out(lines: Sequence[Line], spans: set[tuple[int, int]]) -> Iterator[Line]:
    """The lines without the ``spans``, each of which lies within one line: most are a whole line, a
    title before an unwrapped body is part of one."""
    waiting = sorted(spans)
    next_span = 0
    for line in lines:
        at = line.start
        while next_span < len(waiting) and waiting[next_span][1] <= line.end:
            start, end = waiting[next_span]
            if at < start:
                yield Line(at, start, line.unwrapped)
            at = max(at, end)
            next_span += 1
        if at < line.end:
            yield Line(at, line.end, line.unwrapped)


def responsible_span(clause: Clause) -> tuple[int, int] | None:
    """Where the bracket that names the responsible bodies stands in the document; ``None`` where
    the clause has none."""
    match = _RESPONSIBLE.search(clause.text)
    return (clause.start + match.start(), clause.start + match.end()) if match else None


def responsible_bodies(text: str) -> tuple[str, ...]:
    """The bodies that the bracket at the end of a clause names (责任单位：…, …负责)."""
    match = _RESPONSIBLE.search(text)
    if not match:
        return ()
    listed = re.sub(r"\s+", "", match["named"] or match["charged"])
    listed = _OTHER_LABEL.sub("", _BODY_LABEL.sub("、", listed))
    bodies, depth, current = [], 0, ""
    for char in listed:  # a comma inside 各区〈含大鹏新区、…〉 does not part two bodies
        depth += char in "(（〔〈［["
        depth -= char in ")）〕〉］]"
        if depth <= 0 and _BODIES.match(char):
            bodies.append(current)
            current = ""
        else:
            current += char
    plain = (_DUTIES.sub("", body) for body in (*bodies, current))
    return tuple(dict.fromkeys(body for body in plain if body))


def _cited(levels: list[str], candidate: Candidate, item: Item | None) -> list[str]:
    """The numbers of an address: an article is cited without what stands above it, 1.1.2 without
    the 1 and the 1.1 that it says itself."""
    if item and item.whole:
        return [candidate.cited]
    found: list[str] = []
    for level in (*levels, candidate.cited):
        while found and _DOTTED.match(level) and level.startswith(f"{found[-1].rstrip('.')}."):
            found.pop()
        found.append(level)
    return found


def _named(document: Document, pieces: Sequence[_Piece]) -> Iterator[Clause]:
    """The pieces as clauses: address and id given."""
    paragraph: Counter[tuple[str, ...]] = Counter()
    seen: Counter[str] = Counter()
    for piece in pieces:
        start, end = trim(document.text, piece.start, piece.end)
        text = document.text[start:end]
        candidate = piece.item.candidate if piece.item else None
        levels = [cited for _, cited in piece.above if cited]
        if candidate:
            number = candidate.number
            levels = _cited(levels, candidate, piece.item)
        else:
            number = ""
            paragraph[tuple(levels)] += 1
            levels.append(f"第{paragraph[tuple(levels)]}段")
        address = document.name + "".join(levels)
        path = tuple(heading for heading, _ in piece.above)
        key = "\n".join((document.source, document.title, document.part, *path, number or text))
        seen[key] += 1
        digest = hashlib.sha256(f"{key}\n{seen[key]}".encode()).hexdigest()
        yield Clause(
            id=digest[:16],
            document=document,
            source=document.source,
            number=number,
            heading=piece.heading,
            path=path,
            address=address,
            text=text,
            start=start,
            end=end,
            responsible=responsible_bodies(text),
        )
