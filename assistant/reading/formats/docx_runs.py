"""What stands inside a Word file's paragraphs: runs, fields, symbols, formulas, notes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.reading.formats.docx_markup import (
    CHOICES,
    TEXT,
    VAL,
    Element,
    M,
    R,
    W,
    choice,
    is_on,
)
from assistant.reading.formats.docx_numerals import numeral
from assistant.reading.formats.docx_styles import Style, Styles

_SYMBOL_EX = "{http://schemas.microsoft.com/office/word/2015/wordml/symex}"
TEXT_PATH = "{urn:schemas-microsoft-com:vml}textpath"
_BOXES = frozenset({f"{W}txbxContent", TEXT_PATH})
_FORMULAS = frozenset({f"{M}f", f"{M}d", f"{M}sup"})
_LINKS = {f"{W}hyperlink": f"{W}anchor", f"{W}fldSimple": f"{W}instr"}
NOTES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_FIXED = {
    f"{W}tab": " ",
    f"{W}ptab": " ",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
}
_NO_TEXT = frozenset(
    f"{W}{tag}" for tag in ("pPr", "rPr", "sdtPr", "sdtEndPr", "del", "moveFrom", "delText", "rt")
)
"""Elements that print nothing: properties, what a tracked change took out, readings of a ruby."""
_LISTS = re.compile(r"\s*(?:TOC\b|(?:PAGEREF\s+|HYPERLINK.{0,20})?_Toc)")
_MAX_CODE, _MAX_OPEN = 1_000, 8
_BREAKS = re.compile("[\t\r\n\x85\u2028\u2029]+")
_ENCLOSED = re.compile(r"\beq\b.*?\\ac\s*\(\s*[○〇]\s*[,;，]\s*(\d{1,2})\s*\)", re.IGNORECASE)
_RAISED = dict(zip("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻", strict=True))
_TERMS = re.compile(r"[-+−×÷*/=]")
_PRIVATE = re.compile("[\uf020-\uf0ff]")
_CIRCLED = "⓪①②③④⑤⑥⑦⑧⑨⑩"


def _signs(first: int, signs: str) -> dict[int, str]:
    return {first + i: sign for i, sign in enumerate(signs)}


_SYMBOLS = {
    "symbol": _signs(0x41, "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ")
    | _signs(0x61, "αβχδεφγηιϕκλμνοπθρστυϖωξψζ")
    | {0xA3: "≤", 0xA5: "∞", 0xAE: "→", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB7: "•"}
    | {0xB8: "÷", 0xB9: "≠", 0xBB: "≈", 0xD6: "√", 0xE5: "∑"},
    "wingdings": _signs(0x80, _CIRCLED)
    | _signs(0x8B, "⓿❶❷❸❹❺❻❼❽❾❿")
    | {0x6C: "●", 0x6E: "■", 0x6F: "□", 0x75: "◆", 0x76: "❖", 0xA8: "□", 0xD8: "➢", 0xE0: "→"}
    | {0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑"},
    "wingdings 2": _signs(0x69, _CIRCLED)
    | {0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0xA3: "□"},
}
"""What the characters of the symbol fonts look like, as far as policy texts use them."""


@dataclass(slots=True)
class _Field:
    """A field (``PAGE``, ``REF``) that is open: its instruction, and whether its result began."""

    code: str = ""
    shown: bool = False


@dataclass(slots=True)
class Paragraph:
    """What was read of a paragraph: its text, the text boxes that hang on it, the fields that are
    open, and whether it is part of a table of contents (``TOC``) or leads to one's bookmark."""

    hidden: bool = False
    fields: list[_Field] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)
    listed: bool = False
    instructions: int = 0
    """How many open fields are still in their instruction."""

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def add(self, text: str) -> None:
        """Adds text, unless it is part of a field's instruction."""
        if not self.instructions:
            self.pieces.append(text)

    def mark_field(self, kind: str | None) -> None:
        """A field begins, its result begins (``separate``), or it ends."""
        if kind == "begin":
            self.fields.append(_Field())
            self.instructions += 1
        elif kind == "separate" and self.fields and not self.fields[-1].shown:
            self.fields[-1].shown = True
            self.instructions -= 1
        elif kind == "end" and self.fields:
            ended = self.fields.pop()
            if not ended.shown:
                self.instructions -= 1
                # ①: Word draws enclosed characters from the instruction; they have no result
                if enclosed := _ENCLOSED.search(ended.code):
                    self.add(numeral(int(enclosed[1]), "decimalEnclosedCircle"))

    def instruct(self, code: str) -> None:
        """Adds to the open field's instruction."""
        if self.fields and len(self.fields[-1].code) < _MAX_CODE:
            self.fields[-1].code += code
            self.lead(self.fields[-1].code)

    def lead(self, target: str) -> None:
        """Says where a link or a field leads."""
        self.listed = self.listed or _LISTS.match(target) is not None


@dataclass(frozen=True, slots=True)
class _Look:
    """How a run is printed: at all, as an exponent, in which fonts (``w:rFonts``)."""

    shown: bool = True
    raised: bool = False
    fonts: Element | None = None

    def text(self, text: str) -> str:
        """A run's text as it is printed; a line break in the file's XML is a space."""
        text = _BREAKS.sub(" ", text)
        if self.raised and all(char in _RAISED for char in text):
            text = "".join(_RAISED[char] for char in text)
        if self.fonts is not None and _PRIVATE.search(text):
            font = self.fonts.get(f"{W}ascii") or self.fonts.get(f"{W}hAnsi") or ""
            if font.lower() in _SYMBOLS:
                text = _PRIVATE.sub(lambda match: _symbol(font, f"{ord(match[0]):x}"), text)
        return text


def _symbol(font: str, code: str) -> str:
    """The character that stands for one of a symbol font; nothing where there is none."""
    value = int(code, 16) if re.fullmatch("[0-9A-Fa-f]{1,6}", code) else 0
    place = value - 0xF000 if 0xF000 <= value <= 0xF0FF else value
    signs = _SYMBOLS.get(font.lower(), {})
    if place in signs:
        return signs[place]
    drawn = signs or place != value
    return chr(value) if not drawn and chr(min(value, 0x10FFFF)).isprintable() else ""


def is_hidden(chain: Sequence[Style]) -> bool:
    """Whether a style hides text: itself, or the nearest of those that it is based on that says."""
    return next((style.hidden for style in chain if style.hidden is not None), False)


class Runs:
    """Reads what stands inside paragraphs, and takes up the notes that they refer to."""

    def __init__(self, styles: Styles, notes: dict[tuple[str, str], Element]) -> None:
        self._styles = styles
        self._notes = notes
        self._noted = 0
        self._open: list[_Field] = []
        self.due: list[tuple[int, Element]] = []
        """Notes that were referred to and are not printed yet, with their numbers."""

    def read(self, element: Element, properties: Element | None) -> Paragraph:
        """What stands in a paragraph."""
        hidden = is_hidden(self._styles.of_paragraph(properties))
        # a field's result may go on; an instruction that does is taken for one without an end
        paragraph = Paragraph(hidden, self._open)
        paragraph.listed = any(_LISTS.match(running.code) for running in self._open)
        self._walk(element, paragraph, _Look(shown=not hidden))
        self._open = [running for running in paragraph.fields if running.shown][:_MAX_OPEN]
        return paragraph

    def _walk(self, element: Element, into: Paragraph, look: _Look) -> None:
        for child in element:
            tag = child.tag
            if tag in _NO_TEXT:
                continue
            if tag == R:
                self._walk(child, into, self._look(child.find(f"{W}rPr"), look))
            elif tag == f"{W}fldChar":
                into.mark_field(child.get(f"{W}fldCharType"))
            elif tag == f"{W}instrText":
                into.instruct(child.text or "")
            elif tag == CHOICES:
                chosen = choice(child)
                if chosen is not None:
                    self._walk(chosen, into, look)
            elif tag in _LINKS:
                into.lead(child.get(_LINKS[tag]) or "")
                self._walk(child, into, look)
            elif not look.shown:
                self._walk(child, into, look)
            elif tag in TEXT:
                into.add(look.text(child.text or ""))
            elif tag in _FIXED:
                into.add(_FIXED[tag])
            elif tag in NOTES:
                self._refer(child)
                if child.get(f"{W}customMarkFollows") in {"1", "true", "on"}:
                    return
            elif tag in _BOXES:
                into.boxes.append(child)
            elif tag == f"{W}sym":
                into.add(_symbol(child.get(f"{W}font") or "", child.get(f"{W}char") or ""))
            elif tag == f"{_SYMBOL_EX}symEx":
                into.add(_symbol("", child.get(f"{_SYMBOL_EX}char") or ""))
            elif tag in _FORMULAS:
                self._formula(child, into, look)
            else:
                self._walk(child, into, look)

    def _look(self, properties: Element | None, look: _Look) -> _Look:
        """How a run with these properties looks, in a paragraph that looks like ``look``."""
        if properties is None:
            return look
        own: bool | None = None
        styled: bool | None = None
        raised, fonts = look.raised, None
        for child in properties:
            if child.tag == f"{W}vanish":
                own = is_on(child)
            elif child.tag == f"{W}rStyle":
                styled = is_hidden(self._styles.chain(child.get(VAL) or "")) or None
            elif child.tag == f"{W}vertAlign":
                raised = child.get(VAL) == "superscript"
            elif child.tag == f"{W}rFonts":
                fonts = child
        hidden = own if own is not None else styled
        return _Look(look.shown if hidden is None else not hidden, raised, fonts)

    def _refer(self, reference: Element) -> None:
        """Takes up a note, which is printed once."""
        key = NOTES[reference.tag], reference.get(f"{W}id") or ""
        note = self._notes.pop(key, None)
        if note is not None:
            self._noted += 1
            self.due.append((self._noted, note))

    def _formula(self, element: Element, into: Paragraph, look: _Look) -> None:
        """A fraction, a bracket or an exponent of a formula, so that no number is misread."""
        if element.tag == f"{M}sup":
            self._walk(element, into, replace(look, raised=True))
            return
        parts: list[str] = []
        for child in element:
            if child.tag in {f"{M}num", f"{M}den", f"{M}e"}:
                inner = Paragraph()
                self._walk(child, inner, look)
                into.boxes += inner.boxes
                parts.append(inner.text)
        if element.tag == f"{M}f":
            into.add("/".join(f"({part})" if _TERMS.search(part) else part for part in parts))
        else:
            begin, end = element.find(f"{M}dPr/{M}begChr"), element.find(f"{M}dPr/{M}endChr")
            into.add("(" if begin is None else begin.get(f"{M}val") or "")
            into.add("|".join(parts))
            into.add(")" if end is None else end.get(f"{M}val") or "")
