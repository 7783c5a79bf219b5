"""Web pages (``.html``, ``.htm``): what a reader of the page sees, a block to a line.

selectolax parses a page as browsers do. What its markup shows to be the page around the text
(navigation, footer, menus of links) is kept and marked as left out; scripts and styles are no text.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from assistant.errors import DamagedFileError, EmptyFileError, NotTextError
from assistant.reading.decode import decode
from assistant.reading.extract import Extract, ExtractBuilder
from assistant.reading.formats.tables import Cell, table_lines
from assistant.reading.formats.web import Zone, frame_of, list_mark, menus, zone_of

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030"}
_NO_TEXT = frozenset([
    "script", "style", "noscript", "template", "head", "iframe", "object", "embed", "svg", "math",
    "canvas", "audio", "video", "select", "datalist", "textarea", "button", "input",
])  # fmt: skip
_BLOCKS = frozenset([
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu",
    "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "ul",
])  # fmt: skip
_NESTS = re.compile(
    r"<(/?)(?:div|span|font|b|i|u|em|strong|a|table|ul|ol|dl|section|article|big)\b"
)
_MAX_DEPTH = 2_000
"""Pages nest some 30 deep; a parser needs time that grows with the square of the depth."""
_MAX_SPAN = 100
_MAX_CELL = 1_500
"""A table with a longer cell is a layout: the text stands in it."""
_SPACE = re.compile(r"[ \t\n\r\f]+")
_WIDE = r"[\u3000-\u9fff\uff00-\uffef“”‘’]"
_BROKEN_SOURCE = re.compile(rf"(?<={_WIDE})[ \t]*[\n\r]\s*(?={_WIDE})")
"""A line break of the page's source between Chinese characters is no space (CSS Text 3)."""
_ITEM = re.compile(
    r"\s*(?:[(（]?\s*[\d一二三四五六七八九十]{1,3}\s*[)）、.．]|第[\d一二三四五六七八九十百]+条)"
)


def extract(data: bytes, source: str) -> Extract:
    """The text of a page. Raises :class:`EmptyFileError`, :class:`NotTextError`, and
    :class:`DamagedFileError` for one nested deeper than any page is."""
    html = _decode(data, source)
    if _depth(html) > _MAX_DEPTH:
        raise DamagedFileError(
            f"{source}: its elements are nested more than {_MAX_DEPTH} deep.",
            "Save the page again from a browser.",
        )
    body = LexborHTMLParser(html).body
    blocks = _Walk().blocks(body) if body is not None else []
    around = frame_of([(len(block.text), block.zone) for block in blocks])
    around |= menus([(block.text, block.linked) for block in blocks])
    builder = ExtractBuilder()
    for i, block in enumerate(blocks):
        hidden = "hidden" if block.zone is Zone.HIDDEN else ""
        builder.line(block.text, hidden or ("site" if i in around else ""))
    found = builder.extract()
    if not found.text:
        raise EmptyFileError(f"{source}: the page has no text.", "Save it again, or remove it.")
    return found


def _decode(data: bytes, source: str) -> str:
    """A page's characters: in the encoding that it names, unless it is UTF-8 in truth."""
    named = _CHARSET.search(data, 0, 4_096)
    if named and not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = named[1].decode("ascii").lower()
        for attempt in ("utf-8", _SUPERSETS.get(encoding, encoding)):
            try:
                text = data.decode(attempt)
            except (UnicodeDecodeError, LookupError):
                continue
            if "\x00" not in text:
                return text
    try:
        return decode(data, source)
    except NotTextError:
        if named and b"\x00" not in data:  # a few bytes are broken; the page says what the rest is
            encoding = named[1].decode("ascii").lower()
            try:
                return data.decode(_SUPERSETS.get(encoding, encoding), "replace")
            except LookupError:
                pass
        raise


def _depth(html: str) -> int:
    depth = deepest = 0
    for match in _NESTS.finditer(html.lower()):
        depth = max(0, depth - 1) if match[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


@dataclass(frozen=True, slots=True)
class _Block:
    """A line in the making: its text, how many of its characters are links, where it stands."""

    text: str
    linked: int
    zone: Zone


@dataclass(slots=True)
class _Open:
    """An element that is being read: its list's next number, and the zone that it lies in."""

    node: LexborNode
    zone: Zone
    linked: bool
    kept_space: bool
    counter: int = 1
    next_child: LexborNode | None = field(default=None)


class _Walk:
    """Reads an element's text block by block, without recursion."""

    def __init__(self) -> None:
        self.found: list[_Block] = []
        self.pieces: list[str] = []
        self.linked = 0
        self.mark = ""
        """The number of a list's item, which goes before the text that follows."""

    def blocks(self, root: LexborNode, zone: Zone | None = None) -> list[_Block]:
        """The blocks of ``root`` in order."""
        stack = [_Open(root, zone or zone_of(root), False, False, next_child=root.child)]
        while stack:
            top = stack[-1]
            node = top.next_child
            if node is None:
                if top.node.tag in _BLOCKS:
                    self.flush(top.zone)
                if top.node.tag == "li":
                    self.mark = ""
                stack.pop()
                continue
            top.next_child = node.next
            if node.is_text_node:
                self.text(node.text_content or "", top)
            elif node.is_element_node and node.tag not in _NO_TEXT:
                self.element(node, top, stack)
        self.flush(Zone.TEXT)
        return self.found

    def text(self, text: str, here: _Open) -> None:
        if here.kept_space:
            lines = text.split("\n")
        else:
            lines = [_SPACE.sub(" ", _BROKEN_SOURCE.sub("", text))]
        for i, line in enumerate(lines):
            if i:
                self.flush(here.zone)
            self.pieces.append(line)
            self.linked += len(line.strip()) if here.linked else 0

    def element(self, node: LexborNode, here: _Open, stack: list[_Open]) -> None:
        tag = node.tag
        if tag in _BLOCKS or tag == "br":
            self.flush(here.zone)
        if tag == "br":
            return
        zone = here.zone if here.zone is Zone.HIDDEN else zone_of(node, here.zone)
        if tag == "table" and (rows := _data_rows(node)):
            heads = _head_rows(node)
            for line in table_lines(rows, heads):
                self.found.append(_Block(line, 0, zone))
            return
        if tag == "li":
            self.mark = list_mark(node, here.node, here.counter)
            value = (node.attributes.get("value") or "").strip()
            here.counter = (int(value) if value.isdecimal() else here.counter) + 1
        start = (node.attributes.get("start") or "").strip()
        stack.append(
            _Open(
                node,
                zone,
                here.linked or tag == "a",
                here.kept_space or tag == "pre",
                counter=int(start) if start.isdecimal() and len(start) < 5 else 1,
                next_child=node.child,
            )
        )

    def flush(self, zone: Zone) -> None:
        text = "".join(self.pieces).strip()
        if text:
            if self.mark and not _ITEM.match(text):
                text = self.mark + text
            self.mark = ""
            self.found.append(_Block(text, self.linked, zone))
        self.pieces, self.linked = [], 0


def _data_rows(table: LexborNode) -> list[list[Cell]]:
    """The cells of a table that holds data; empty for one that only lays out the page."""
    inner = (node for node in table.css("table, ol, ul, h1") if node.mem_id != table.mem_id)
    if next(inner, None) is not None:
        return []
    texts: list[list[Cell]] = []
    covered: dict[tuple[int, int], Cell] = {}
    for row, tr in enumerate(table.css("tr")):
        cells: list[Cell] = []
        for cell in _cells(tr):
            while (row, len(cells)) in covered:
                cells.append(covered.pop((row, len(cells))))
            text = " ".join(block.text for block in _Walk().blocks(cell))
            if len(text) > _MAX_CELL:
                return []
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            for lower in range(row + 1, row + down):
                for column in range(across):
                    covered[lower, len(cells) + column] = None if column else text
            cells.extend([text, *[None] * (across - 1)])
        while (row, len(cells)) in covered:
            cells.append(covered.pop((row, len(cells))))
        texts.append(cells)
    columns = max(map(len, texts), default=0)
    if columns < 2 or len(texts) < 2:
        return []
    return [row + [""] * (columns - len(row)) for row in texts]


def _cells(row: LexborNode) -> Iterator[LexborNode]:
    cell = row.child
    while cell is not None:
        if cell.tag in ("td", "th"):
            yield cell
        cell = cell.next


def _span(cell: LexborNode, name: str) -> int:
    value = (cell.attributes.get(name) or "").strip()
    return min(_MAX_SPAN, max(1, int(value))) if value.isdecimal() and len(value) < 5 else 1


def _head_rows(table: LexborNode) -> int | None:
    """How many rows are the head: those of nothing but ``th``; ``None`` where there is no such."""
    heads = 0
    for row in table.css("tr"):
        if not all(cell.tag == "th" for cell in _cells(row)):
            break
        heads += 1
    return heads or None
