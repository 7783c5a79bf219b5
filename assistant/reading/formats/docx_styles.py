"""The styles of a Word file, as far as they bear on numbers and hidden text."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.reading.formats.docx_markup import VAL, Element, W, integer, is_on

_MAX_CHAIN = 50  # styles based on one another; Word itself allows fewer


@dataclass(frozen=True, slots=True)
class Style:
    """What a style of paragraphs, characters or lists says of numbers and hidden text."""

    id: str
    name: str
    based_on: str
    num: int | None
    level: int | None
    hidden: bool | None


class Styles:
    """The styles of a file."""

    def __init__(self, root: Element | None) -> None:
        self._styles: dict[str, Style] = {}
        self._chains: dict[str, list[Style]] = {}
        self._default = ""
        for element in () if root is None else root.iterchildren(f"{W}style"):
            style = _style(element)
            self._styles[style.id] = style
            if element.get(f"{W}type") == "paragraph" and element.get(f"{W}default") in {
                "1", "true", "on",
            }:  # fmt: skip
                self._default = style.id

    def of_paragraph(self, properties: Element | None) -> list[Style]:
        """The style of the paragraph with these properties, then those that it is based on."""
        named = None if properties is None else properties.find(f"{W}pStyle")
        chain = [] if named is None else self.chain(named.get(VAL) or "")
        return chain or self.chain(self._default)

    def chain(self, style_id: str) -> list[Style]:
        """A style and those that it is based on, the nearest first."""
        if style_id not in self._chains:
            chain: list[Style] = []
            at = style_id
            while len(chain) < _MAX_CHAIN and (style := self._styles.get(at)):
                chain.append(style)
                at = style.based_on
            self._chains[style_id] = chain
        return self._chains[style_id]


def _style(element: Element) -> Style:
    name, based_on = element.find(f"{W}name"), element.find(f"{W}basedOn")
    place = f"{W}pPr/{W}numPr"
    return Style(
        id=element.get(f"{W}styleId") or "",
        name="" if name is None else (name.get(VAL) or ""),
        based_on="" if based_on is None else (based_on.get(VAL) or ""),
        num=integer(element.find(f"{place}/{W}numId")),
        level=integer(element.find(f"{place}/{W}ilvl")),
        hidden=is_on(element.find(f"{W}rPr/{W}vanish")),
    )
