"""How an exported Word file looks: a calm page for long Chinese text.

The body is set in 宋体, quotes in 楷体, headings in 黑体, which Word has on every system; where
they are missing (LibreOffice on Linux) the system's Chinese fonts stand in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from types import MappingProxyType

from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement, parse_xml
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from assistant.page.export.blocks import Role

_SONG, _KAI, _HEI = "宋体", "楷体", "黑体"
_LATIN, _LATIN_HEADING = "Times New Roman", "Arial"
_INK, _GREY, _RED = (
    RGBColor(0x22, 0x26, 0x2B),
    RGBColor(0x5B, 0x63, 0x6E),
    RGBColor(0x9A, 0x2A, 0x1F),
)
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

HEADINGS = ("Title", "Heading 1", "Heading 2")
"""The style of each level of headings."""
QUOTE = "Quote"
PRINTED = "Clause"
ADDRESS = "Source"
CELL = "Cell"
STYLES: Mapping[Role, str] = MappingProxyType(
    {
        Role.DAY: "About",
        Role.ASKED: "Normal",
        Role.UNDERSTOOD: "About",
        Role.NOTICE: "Notice",
        Role.FACT: "Fact",
        Role.SAID: "Normal",
        Role.SOURCE: ADDRESS,
        Role.ABOUT: ADDRESS,
        Role.DETAILS: "Details",
        Role.CARE: "Care",
    }
)
"""The style of each kind of line."""


def dress(document: WordDocument) -> None:
    """Sets the page and the styles of a new document."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin, section.bottom_margin = Cm(2.4), Cm(2.2)
    _style(document, "Normal", 11, after=6)
    _style(document, "Title", 20, font=_HEI, after=2, colour=_INK)
    _style(document, "Heading 1", 14, font=_HEI, before=20, after=6, colour=_INK)
    _style(document, "Heading 2", 11.5, font=_HEI, before=14, after=4, colour=_INK)
    quote = _style(document, QUOTE, 11.5, font=_KAI, after=4, left=0.5, colour=_INK)
    _bar(quote)
    _style(document, ADDRESS, 10, after=4, left=0.5, colour=_GREY)
    _style(document, "About", 9.5, after=2, colour=_GREY)
    details = _style(document, "Details", 9.5, after=2, colour=_GREY)
    details.paragraph_format.keep_with_next = True
    _style(document, "Notice", 10.5, after=6, colour=_RED)
    fact = _style(document, "Fact", 12, font=_HEI, after=6)
    fact.paragraph_format.keep_with_next = True
    _style(document, PRINTED, 11, before=4, after=6)
    _style(document, CELL, 10, after=0)
    _style(document, "List Bullet", 10.5, after=2)
    _style(document, "Care", 9.5, before=20, colour=_GREY)
    _style(document, "Footer", 9, after=0, colour=_GREY)


def _style(
    document: WordDocument,
    name: str,
    size: float,
    *,
    font: str = _SONG,
    before: float = 0,
    after: float = 0,
    left: float | None = None,
    colour: RGBColor = _INK,
) -> ParagraphStyle:
    """The paragraph style of that name, made where the template has none; sizes in points,
    ``left`` in centimetres."""
    styles = document.styles
    if name not in styles:
        made = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        made.base_style = styles["Normal"]
    style = styles[name]
    assert isinstance(style, ParagraphStyle)
    _fonts(style, _LATIN_HEADING if font == _HEI else _LATIN, font)
    style.font.size = Pt(size)
    style.font.bold = style.font.italic = False
    style.font.color.rgb = colour
    shape = style.paragraph_format
    shape.space_before, shape.space_after, shape.line_spacing = Pt(before), Pt(after), 1.4
    if left is not None:
        shape.left_indent = Cm(left)
    for border in style.element.xpath("w:pPr/w:pBdr"):  # the template's line below the title
        border.getparent().remove(border)
    return style


def _fonts(style: ParagraphStyle, latin: str, chinese: str) -> None:
    """Names the fonts themselves: the template names those of a theme, which would win."""
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()
    for script, font in (
        ("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", chinese),
    ):  # fmt: skip
        fonts.set(qn(f"w:{script}"), font)


def _bar(style: ParagraphStyle) -> None:
    """A bar at the left of a quote."""
    bar = parse_xml(
        f'<w:pBdr {_W}><w:left w:val="single" w:sz="18" w:space="10" w:color="B9C2CC"/></w:pBdr>'
    )
    style.element.get_or_add_pPr().insert_element_before(bar, *_BEHIND_BORDERS)


_BEHIND_BORDERS = ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:outlineLvl")
"""What the schema wants behind the borders of a paragraph."""


def describe(document: WordDocument, title: str, language: str, day: date) -> None:
    """Says what the file is and its language, and takes out what the template says of itself."""
    moment = datetime.combine(day, time(), UTC)
    about = document.core_properties
    about.title, about.language = title, "zh-CN" if language == "zh" else "en"
    about.author = about.last_modified_by = about.comments = about.keywords = ""
    about.created = about.modified = moment
    for spoken in (
        *document.styles.element.xpath("w:docDefaults/w:rPrDefault/w:rPr/w:lang"),
        *document.settings.element.xpath("w:themeFontLang"),
    ):
        spoken.set(qn("w:val"), "en-US")
        spoken.set(qn("w:eastAsia"), "zh-CN")
    for mode in document.settings.element.xpath(
        "w:compat/w:compatSetting[@w:name='compatibilityMode']"
    ):
        mode.set(qn("w:val"), "15")  # else Word opens the file in a mode for older programs
    package = document.part.package
    assert package is not None
    for ident, relation in list(package.rels.items()):
        if relation.reltype in _LEFT_OUT:
            del package.rels[ident]


_LEFT_OUT = (
    RELATIONSHIP_TYPE.THUMBNAIL,  # a picture of an empty page
    RELATIONSHIP_TYPE.EXTENDED_PROPERTIES,  # counts of an empty page, another program's name
)


def add_footer(document: WordDocument, words: str) -> None:
    """``words`` at the foot of each page, ``{page}`` and ``{pages}`` in them as numbers that Word
    fills in."""
    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.style = "Footer"
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    before, _, rest = words.partition("{page}")
    between, _, after = rest.partition("{pages}")
    paragraph.add_run(before)
    for field, behind in (("PAGE", between), ("NUMPAGES", after)):
        number = OxmlElement("w:fldSimple")
        number.set(qn("w:instr"), field)
        paragraph._p.append(number)  # noqa: SLF001 - python-docx has no fields of its own
        number.append(paragraph.add_run("1")._r)  # noqa: SLF001
        paragraph.add_run(behind)
