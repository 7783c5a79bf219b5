"""The markup of Word files (WordprocessingML): names, switches, and what wraps what."""

from __future__ import annotations

import re
from collections.abc import Iterator

from docx.oxml.xmlchemy import BaseOxmlElement

Element = BaseOxmlElement
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
VAL = f"{W}val"
P, TBL, TR, TC, R, SDT = (f"{W}{tag}" for tag in ("p", "tbl", "tr", "tc", "r", "sdt"))
PROPERTIES = f"{W}pPr"
CHOICES = f"{MC}AlternateContent"
TEXT = frozenset({f"{W}t", f"{M}t"})
_WRAPPERS = frozenset(f"{W}{tag}" for tag in ("sdt", "sdtContent", "customXml", "ins", "moveTo"))


def integer(element: Element | None, default: int | None = None) -> int | None:
    """The value of ``<w:… w:val="3"/>``; ``default`` where there is none that Word could count."""
    value = "" if element is None else (element.get(VAL) or "")
    return int(value) if re.fullmatch("[0-9]{1,9}", value) else default


def is_on(element: Element | None) -> bool | None:
    """Whether a switch (``<w:vanish/>``, ``<w:vanish w:val="0"/>``) is on; ``None`` if not set."""
    return None if element is None else element.get(VAL) not in {"0", "false", "off"}


def choice(alternatives: Element) -> Element | None:
    """Of contents that say the same for newer and for older programs: the first."""
    for tag in ("Choice", "Fallback"):
        found: Element | None = alternatives.find(f"{MC}{tag}")
        if found is not None:
            return found
    return None


def inside(container: Element, *tags: str) -> Iterator[Element]:
    """The children with these tags, in order; what is only wrapped around some is opened. Content
    controls (``w:sdt``) are, too, but for tables of contents."""
    for child in container:
        if child.tag in tags and (child.tag != SDT or _is_contents(child)):
            yield child
        elif child.tag in _WRAPPERS:
            yield from inside(child, *tags)
        elif child.tag == CHOICES:
            chosen = choice(child)
            if chosen is not None:
                yield from inside(chosen, *tags)


def _is_contents(control: Element) -> bool:
    gallery = control.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and gallery.get(VAL) == "Table of Contents"
