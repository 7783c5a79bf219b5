"""PDF files: each rule by which printed lines become text, and each way in which a file can be bad.

``tests/data/pdf`` holds the same policy from two independent producers: ``chromium.pdf`` (printed
from ``policy.html`` with the browser's own heads and feet) and ``libreoffice.pdf`` (converted from
``policy.fodt``); ``policy.txt`` is what must come out of both.
"""

from __future__ import annotations

import io
import logging
import re
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from assistant.clauses import read_outline
from assistant.errors import (
    DamagedFileError,
    EmptyFileError,
    NoTextLayerError,
    ProtectedFileError,
    ReadingError,
    TooLargeError,
)
from assistant.reading.document import LeftOut
from assistant.reading.extract import Extract
from assistant.reading.files import parse
from assistant.reading.formats.pdf import extract
from assistant.reading.formats.pdf_glyphs import legible
from tests.conftest import DOCUMENTS, examples

DATA = Path(__file__).parent.parent.parent / "data" / "pdf"
FONT, SIZE, LEFT, TOP, LINE, MEASURE = "STSong-Light", 14, 72, 740, 24, 30
"""Type, its size, where lines begin, the first one's height, from line to line; characters of a
full line."""
Page = Callable[[Canvas], object]
Row = tuple[float, str]
"""A printed line: how many characters in it begins, and its text."""

pdfmetrics.registerFont(UnicodeCIDFont(FONT))


def made(*pages: Page, size: tuple[float, float] = A4, encrypt: object = None) -> bytes:
    """A file with these pages."""
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=size, encrypt=encrypt)
    for page in pages:
        page(canvas)
        canvas.showPage()
    canvas.save()
    return data.getvalue()


def at(x: float, y: float, text: str, size: float = SIZE) -> Page:
    """Draws a text."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont(FONT, size)
        canvas.drawString(x, y, text)

    return draw


def rows(*lines: Row | str, top: float = TOP, left: float = LEFT) -> Page:
    """Draws lines one below the other."""

    def draw(canvas: Canvas) -> None:
        for i, line in enumerate(lines):
            indent, text = (0, line) if isinstance(line, str) else line
            at(left + indent * SIZE, top - i * LINE, text)(canvas)

    return draw


def centred(y: float, text: str, size: float = SIZE) -> Page:
    """Draws a text in the middle of the column."""
    return at(LEFT + (MEASURE * SIZE - pdfmetrics.stringWidth(text, FONT, size)) / 2, y, text, size)


def spread(y: float, text: str, indent: float = 0) -> Page:
    """Draws a text spread to the width of the column, as a word processor sets a broken line."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont(FONT, SIZE)
        room = (MEASURE - indent) * SIZE - pdfmetrics.stringWidth(text, FONT, SIZE)
        canvas.drawString(LEFT + indent * SIZE, y, text, charSpace=room / (len(text) - 1))

    return draw


def all_of(*pages: Page) -> Page:
    """Draws one thing after the other."""

    def draw(canvas: Canvas) -> None:
        for page in pages:
            page(canvas)

    return draw


def framed(head: str, foot: str, page: Page) -> Page:
    """A page with a running head and foot."""
    return all_of(page, at(LEFT, 805, head, 9), at(280, 40, foot, 9))


def broken(paragraph: str, indent: int = 2) -> list[Row]:
    """The printed lines of a paragraph, broken where the measure is full."""
    lines: list[Row] = [(indent, "")]
    for piece in re.findall(r"[!-~]+|.", paragraph):
        start, text = lines[-1]
        width = pdfmetrics.stringWidth(text + piece, FONT, SIZE)
        if width > (MEASURE - start) * SIZE:
            lines.append((0, piece))
        else:
            lines[-1] = (start, text + piece)
    return lines


def set_in_pages(paragraphs: Sequence[str], per_page: int) -> list[list[Row]]:
    """The printed lines of the paragraphs, page by page."""
    lines = [line for paragraph in paragraphs for line in broken(paragraph)]
    return [lines[start : start + per_page] for start in range(0, len(lines), per_page)]


def ruled(xs: Sequence[float], ys: Sequence[float], *cells: tuple[float, float, str]) -> Page:
    """Draws a grid of lines, and texts by the places of their left ends."""

    def draw(canvas: Canvas) -> None:
        for y in ys:
            canvas.line(xs[0], y, xs[-1], y)
        for x in xs:
            canvas.line(x, ys[0], x, ys[-1])
        all_of(*(at(x, y, text) for x, y, text in cells))(canvas)

    return draw


def body(found: Extract) -> list[str]:
    """The lines that are not left out, which stand at the end."""
    end = found.left_out[0].start if found.left_out else len(found.text)
    return found.text[:end].splitlines()


def left_out(found: Extract) -> list[str]:
    """The lines that are left out."""
    return [
        line for piece in found.left_out for line in found.text[piece.start : piece.end].split("\n")
    ]


def read(*pages: Page, size: tuple[float, float] = A4) -> list[str]:
    """The lines of a file with these pages."""
    return body(extract(made(*pages, size=size), "t.pdf"))


ITEMS = [
    f"第{number}条{'企业应当依法经营，诚实守信，接受监督。' * 6}" for number in "一二三四五六七八"
]


# Paragraphs


def test_a_line_broken_in_mid_sentence_goes_on() -> None:
    """What looks like the number of an item is none where the line above was broken by its width."""
    lines = [
        "第二条企业应当依法申报，申报的材料应当真实、完整，没有依照",
        "第三十条的规定提交报告的，应当退回奖励资金，资金不低于1.",
        "5万元，三年内不得再次申报。",
    ]
    assert read(
        all_of(
            spread(TOP, lines[0], indent=2),
            spread(TOP - LINE, lines[1]),
            rows((0, lines[2]), *((2, f"第{n}条施行。") for n in "三四五六"), top=TOP - 2 * LINE),
        )
    ) == ["".join(lines), *(f"第{n}条施行。" for n in "三四五六")]


def test_a_full_last_line_ends_where_the_next_one_is_indented() -> None:
    """A paragraph may end exactly at the column's edge."""
    paragraphs = ["企" * (2 * MEASURE - 3) + "。", "业" * (3 * MEASURE - 3) + "。", "第三条申请。"]
    (page,) = set_in_pages(paragraphs * 2, 30)
    assert read(rows(*page)) == paragraphs * 2


def test_where_nothing_is_indented_items_begin_behind_a_full_stop() -> None:
    """Without indentation a number begins an item where the full line above ended a sentence, and
    goes on from it where it did not."""
    first = "第一条企业应当" + "依法" * 11 + "。"
    second = "（一）企业应当" + "依照" * 11 + "第"
    third = "第二条企业应当" + "申报" * 11 + "，"
    assert read(rows(first, second, "三十一条；", third, "（三）项除外。", "第三条施行。")) == [
        first,
        second + "三十一条；",
        third + "（三）项除外。",
        "第三条施行。",
    ]


def test_latin_words_are_parted_and_chinese_ones_are_not() -> None:
    """A break between Latin words becomes a space; a hyphen is kept as it is."""
    lines = [
        "企业应当自行建立独立站。独立站是指企业建立的 Independent",
        "Online Store，包括企业自行建立、",
    ]
    lines.append("运营的网站和应用程序，包括手机上的应用程序，以及B2B-")
    lines.append("B2C平台。")
    page = all_of(*(spread(TOP - i * LINE, line) for i, line in enumerate(lines[:-1])))
    assert read(all_of(page, rows(lines[-1], top=TOP - 3 * LINE))) == [
        f"{lines[0]} {lines[1]}{lines[2]}{lines[3]}"
    ]


def test_lines_of_an_item_may_hang_behind_its_number() -> None:
    """Items whose further lines begin where their text does are put together."""
    text = "企业应当依法申报材料，" * 2 + "按照规定"
    lines: list[Row] = []
    for number in "1234":
        lines += [(0, f"{number}．{text}"), (1.5, "向市商务局申报。")]
    assert read(rows(*lines)) == [f"{number}．{text}向市商务局申报。" for number in "1234"]


def test_type_gaps_and_places_part_paragraphs() -> None:
    """Another size of type, a larger gap, the middle of the page and its right side end what stands
    above, also where that fills its line."""
    full = "各" * MEASURE
    right = LEFT + MEASURE * SIZE
    page = all_of(
        centred(790, "某市办法", 20),
        rows(full, "企业。", "另" + full[1:], "企业。"),
        rows("又" + full[1:], "企业。", top=600),
        centred(530, "第一章总则"),
        rows(full, top=500),
        at(right - 5 * SIZE, 476, "某市商务局"),
        at(right - 6 * SIZE, 452, "二〇二四年一"),
        rows("附件", top=428),
    )
    assert read(page) == [
        "某市办法",
        f"{full}企业。",
        f"另{full[1:]}企业。",
        f"又{full[1:]}企业。",
        "第一章总则",
        full,
        "某市商务局",
        "二〇二四年一",
        "附件",
    ]


def test_lines_of_a_centred_title_stay_apart_unless_it_fills_its_column() -> None:
    """A title set in lines on purpose keeps them; one that is too broad is put together."""
    text = "企业应当依法申报。" * 12
    chapter = "第二章" + "跨境电商" * 6 + "企业"
    assert read(
        all_of(
            centred(800, "某市人民政府"),
            centred(776, "关于跨境电商的通知"),
            rows(*broken(text), top=700),
            centred(500, chapter),
            centred(476, "有关条件"),
            rows(*broken(text), top=430),
        )
    ) == ["某市人民政府", "关于跨境电商的通知", text, f"{chapter}有关条件", text]


def test_lines_of_a_table_of_contents_stay_apart() -> None:
    """A line that ends in leaders and a page's number ends there, however full it is."""
    lines = [f"第{n}章总则{'.' * 60}{i}" for i, n in enumerate("一二三四", start=1)]
    assert read(rows("目录", *lines)) == ["目录", *lines]


def test_paragraphs_run_over_pages_of_mirrored_margins() -> None:
    """Odd and even pages may lie at different places of the sheet."""
    pages = [
        rows(*page, left=LEFT + 30 * (number % 2))
        for number, page in enumerate(set_in_pages(ITEMS, 9))
    ]
    assert read(*pages) == ITEMS


# What frames a page


@pytest.mark.parametrize(
    "foot", ["— {} —", "- {} -", "第{}页 共4页", "{}/4", "{}", "Page {} of 4", "－{}－", "第 {} 页"]
)
def test_numbers_of_pages_are_left_out(foot: str) -> None:
    """Every form of a page's number is found; each stands once at the end."""
    pages = set_in_pages(ITEMS, 9)
    feet = [foot.format(number) for number in range(1, len(pages) + 1)]
    drawn = (framed("", each, rows(*page)) for each, page in zip(feet, pages, strict=True))
    found = extract(made(*drawn), "t.pdf")
    assert body(found) == ITEMS
    assert left_out(found) == feet
    assert found.left_out == (LeftOut(found.text.rindex(feet[0]), len(found.text), "page"),)


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        (["政府公报", "法规文件"] * 2, ["政府公报", "法规文件"]),
        (["总则", "总则", "附则", "附则"], ["总则", "附则"]),
        ([f"公报 {number}" for number in (7, 8, 9, 10)], ["公报 7", "公报 8", "公报 9", "公报 10"]),
        (["", "某市公报", "某市公报", "某市公报"], ["某市公报"]),
    ],
)
def test_heads_may_differ_from_page_to_page(heads: list[str], expected: list[str]) -> None:
    """Odd and even pages have heads of their own, chapters too; a head may hold the page's number;
    the first page may have none."""
    pages = (framed(h, "", rows(*p)) for h, p in zip(heads, set_in_pages(ITEMS, 9), strict=True))
    found = extract(made(*pages), "t.pdf")
    assert (body(found), left_out(found)) == (ITEMS, expected)


@pytest.mark.parametrize(
    "tops",
    [
        ["（一）申请表；", "2.证明；", "第五条说明。", "附则。"],
        ["附件1", "附件2", "附件3", "附件4"],
        ["附件", "附件", "附件", "附件"],
        ["1.申请表；", "2.申请表；", "3.申请表；", "4.申请表；"],
    ],
)
def test_the_text_at_the_top_of_a_page_is_no_head(tops: list[str]) -> None:
    """Items, short lines and the marks of annexes may begin page after page."""
    pages = [rows((2, top), *broken(text)) for top, text in zip(tops, ITEMS, strict=False)]
    found = extract(made(*pages), "t.pdf")
    assert body(found) == [line for pair in zip(tops, ITEMS, strict=False) for line in pair]
    assert not found.left_out


@pytest.mark.parametrize(
    ("foot", "clear"),
    [("— 1 —", True), ("第1页 共1页", True), ("1/1", True), ("1", False), ("1/2", False)],
)
def test_on_a_single_page_only_a_clear_form_is_a_number(foot: str, clear: bool) -> None:
    """Nothing counts up on one page, so the form must say that it is the page's number."""
    found = extract(made(framed("某市公报", foot, rows("第一条申请。"))), "t.pdf")
    assert body(found) == ["某市公报", "第一条申请。", *([] if clear else [foot])]
    assert left_out(found) == ([foot] if clear else [])


# Pages


def test_a_page_begins_at_its_own_first_character() -> None:
    """Offsets point into the paragraph that runs over the page, as if the frame were not there."""
    pages = set_in_pages(ITEMS, 7)
    found = extract(
        made(*(framed("公报", f"— {i} —", rows(*page)) for i, page in enumerate(pages))), "t.pdf"
    )
    assert body(found) == ITEMS
    assert len(found.pages) == len(pages)
    for start, page in zip(found.pages, pages, strict=True):
        assert found.text[start:].replace("\n", "").startswith("".join(text for _, text in page))


def test_a_page_without_text_begins_where_the_next_one_does() -> None:
    """Every page has an offset; those at the end begin behind the text."""
    found = extract(made(rows(), rows("一、企业。"), rows(), rows("二、申请。"), rows()), "t.pdf")
    assert found == Extract("一、企业。\n二、申请。", (0, 0, 6, 6, 11))


# Tables

GRID = ruled(
    (72, 172, 322, 422),
    (700, 670, 640, 610),
    *((80, 680, "项目"), (180, 680, "条件"), (330, 680, "标准")),
    *((80, 650, "独立站"), (180, 650, "在本市登记"), (330, 650, "50万元")),
    *((80, 620, "海外仓"), (180, 620, "面积1000平方米"), (330, 620, "90万元")),
)
GRID_LINES = [
    "项目：独立站；条件：在本市登记；标准：50万元",
    "项目：海外仓；条件：面积1000平方米；标准：90万元",
]


def test_a_table_stands_in_its_place_among_the_paragraphs() -> None:
    """Each row is a line with the heads of its columns, between what stands above and below."""
    page = all_of(
        rows((2, "一、标准如下："), top=740), GRID, rows((2, "二、标准每年调整。"), top=570)
    )
    assert read(page) == ["一、标准如下：", *GRID_LINES, "二、标准每年调整。"]


def test_a_cell_may_reach_over_rows_and_columns() -> None:
    """Text of a cell that covers rows stands in each of them, that of one that covers columns once;
    lines of a cell are put together."""

    def draw(canvas: Canvas) -> None:
        for y, x in ((700, 72), (670, 72), (625, 172), (595, 72), (565, 72)):
            canvas.line(x, y, 422, y)
        for x, low in ((72, 565), (172, 565), (322, 595), (422, 565)):
            canvas.line(x, 700, x, low)

    texts = [
        *((80, 680, "项目"), (180, 680, "条件"), (330, 680, "标准")),
        *(
            (80, 630, "独立站"),
            (180, 652, "在本市登记的企业，"),
            (180, 634, "三年以上"),
            (330, 645, "50万元"),
        ),
        *((180, 605, "其他企业"), (330, 605, "20万元")),
        *((80, 575, "海外仓"), (180, 575, "由市商务局按照规定确定")),
    ]
    assert read(all_of(draw, *(at(*each) for each in texts))) == [
        "项目：独立站；条件：在本市登记的企业，三年以上；标准：50万元",
        "项目：独立站；条件：其他企业；标准：20万元",
        "项目：海外仓；条件：由市商务局按照规定确定",
    ]


def test_a_table_may_lack_the_lines_at_its_sides() -> None:
    """The outer columns reach as far as the lines across do."""

    def draw(canvas: Canvas) -> None:
        for y in (700, 670, 640):
            canvas.line(72, y, 422, y)
        canvas.line(222, 700, 222, 640)

    texts = [(80, 680, "项目"), (230, 680, "标准"), (80, 650, "独立站"), (230, 650, "50万元")]
    assert read(all_of(draw, *(at(*each) for each in texts))) == ["项目：独立站；标准：50万元"]


@pytest.mark.parametrize("head", [True, False])
def test_a_table_goes_on_over_the_page(head: bool) -> None:
    """Its rows follow each other with the same heads, whether these are printed once more or not;
    the next page begins with its first own row."""
    more = [(80, 770, "展会"), (180, 770, "在境外"), (330, 770, "10万元")]
    again = [(80, 800, "项目"), (180, 800, "条件"), (330, 800, "标准")]
    ys = (820, 790, 760) if head else (790, 760)
    pages = [
        framed("公报", "1", all_of(rows((2, "一、标准如下："), top=740), GRID)),
        framed(
            "",
            "2",
            all_of(ruled((72, 172, 322, 422), ys, *more, *(again * head)), rows("二、", top=700)),
        ),
    ]
    found = extract(made(*pages), "t.pdf")
    last = "项目：展会；条件：在境外；标准：10万元"
    assert body(found) == ["公报", "一、标准如下：", *GRID_LINES, last, "二、"]
    assert found.text[found.pages[1] :].startswith(last)


def test_a_row_may_be_broken_by_the_end_of_the_page() -> None:
    """What the cells hold on both pages is put together."""
    xs = (72, 172, 422)
    pages = [
        ruled(
            xs,
            (140, 100, 60),
            *(
                (80, 115, "项目"),
                (180, 115, "条件"),
                (80, 75, "独立站"),
                (180, 75, "在本市登记的企业，依法"),
            ),
        ),
        ruled(
            xs,
            (800, 770, 740),
            *((180, 780, "经营三年以上"), (80, 750, "海外仓"), (180, 750, "面积1000平方米")),
        ),
    ]
    assert read(*pages) == [
        "项目：独立站；条件：在本市登记的企业，依法经营三年以上",
        "项目：海外仓；条件：面积1000平方米",
    ]


def test_what_lines_do_not_part_is_no_table() -> None:
    """Text without ruling lines, in a single box, underlined or below a red line is text."""
    listed = [f"{name}      {number}" for name, number in (("联系人", 1), ("电话", 2), ("地址", 3))]

    def draw(canvas: Canvas) -> None:
        canvas.rect(60, 600, 400, 80)
        canvas.rect(50, 40, 500, 780)
        canvas.line(72, 560, 200, 560)
        canvas.line(72, 500, 500, 500)

    boxed = ["框里的文字不是表格，", "只是一个方框。"]
    page = all_of(draw, rows(*boxed, top=655), at(72, 563, "划线的文字"), rows(*listed, top=480))
    assert read(page) == [*boxed, "划线的文字", *(" ".join(each.split()) for each in listed)]


# Columns and footnotes


def test_columns_are_read_one_after_the_other() -> None:
    """A title may run across both, and the last page need not be full."""
    text = [f"第{number}条{'企业应当依法经营。' * 4}" for number in "一二三四五六七八九"]
    lines = [(i * 2, t[at : at + 14 - i * 2]) for t in text for i, at in ((1, 0), (0, 12), (0, 26))]

    def column(x: float, top: float, some: Sequence[Row]) -> Page:
        return rows(*some, top=top, left=x)

    pages = [
        all_of(
            centred(800, "某市跨境电子商务办法", 18),
            column(72, 740, lines[:10]),
            column(300, 728, lines[10:20]),
        ),
        all_of(column(72, 740, lines[20:24]), column(300, 740, lines[24:])),
    ]
    assert read(*pages) == ["某市跨境电子商务办法", *text]


def test_a_list_of_names_and_numbers_is_not_read_in_columns() -> None:
    """A white stripe alone makes no columns: its sides must be full lines of text."""
    names = [
        "市商务局",
        "市财政局办公室",
        "海关",
        "国家税务总局某市税务局",
        "人民银行",
        "外汇局",
    ] * 4
    numbers = ["0571", "0572123", "05", "0571 2345", "0571 88", "05"] * 4
    page = all_of(rows(*names, left=72, top=780), rows(*numbers, left=340, top=780))
    assert read(page) == [f"{a} {b}" for a, b in zip(names, numbers, strict=True)]


def test_footnotes_follow_the_paragraph_that_runs_over_their_page() -> None:
    """Notes in smaller type at a page's foot break no paragraph; each is a line of its own."""
    pages = set_in_pages(ITEMS[:4], 9)
    notes = all_of(
        at(
            LEFT,
            80,
            "①跨境电商是指分属不同关境的交易主体，通过电子商务平台达成交易、进行电子支付结算和收付货款，",
            9,
        ),
        at(LEFT, 66, "并通过跨境物流送达商品。", 9),
        at(LEFT, 52, "② 见《电子商务法》。", 9),
    )
    page = all_of(rows(*pages[0]), notes)
    assert read(page, rows(*pages[1])) == [
        *ITEMS[:3],
        "①跨境电商是指分属不同关境的交易主体，通过电子商务平台达成交易、进行电子支付结算和收付货款，并通过跨境物流送达商品。",
        "② 见《电子商务法》。",
        ITEMS[3],
    ]


# What is drawn, and how


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_may_be_turned(turn: int) -> None:
    """Text is read in the direction in which it runs, whether the page is turned or its text."""
    (lines,) = set_in_pages(ITEMS[:2], 20)

    def turned_page(canvas: Canvas) -> None:
        rows(*lines)(canvas)
        canvas.setPageRotation(turn)

    def turned_text(canvas: Canvas) -> None:
        canvas.translate(420, 420)
        canvas.rotate(turn)
        canvas.translate(-420, -420)
        rows(*lines, top=600)(canvas)

    assert read(turned_page, size=(842, 842)) == ITEMS[:2]
    assert read(turned_text, size=(842, 842)) == ITEMS[:2]


def test_a_watermark_across_the_text_is_left_out() -> None:
    """Text in another direction than the rest stands once at the end."""

    def mark(canvas: Canvas) -> None:
        canvas.saveState()
        canvas.translate(200, 300)
        canvas.rotate(45)
        at(0, 0, "内部资料", 50)(canvas)
        canvas.restoreState()

    pages = [all_of(mark, rows(*page)) for page in set_in_pages(ITEMS, 9)]
    found = extract(made(*pages), "t.pdf")
    assert (body(found), left_out(found)) == (ITEMS, ["内部资料"])


def test_spaces_are_those_that_a_reader_sees() -> None:
    """Spaces strewn between all characters, or drawn without leaving room, are none; a title may be
    set apart; a gap between words is one."""

    def tight(canvas: Canvas) -> None:
        text = canvas.beginText(LEFT, 700)
        text.setFont(FONT, SIZE)
        text.textOut("第一条")
        text.setWordSpace(0)
        text.textOut(" ")
        text.moveCursor(3 * SIZE, 0)
        text.textOut("企业")
        canvas.drawText(text)

    assert read(
        all_of(
            at(LEFT, 800, "通      知", 20),
            at(LEFT, 760, "第 一 条 企 业 应 当 依 法 经 营"),
            at(LEFT, 730, "第一条　企业 2024 年"),
            tight,
            all_of(at(LEFT, 670, "张三"), at(LEFT + 200, 670, "李四")),
        )
    ) == ["通知", "第一条企业应当依法经营", "第一条 企业 2024 年", "第一条企业", "张三 李四"]


def test_what_is_not_on_the_page_is_not_read() -> None:
    """Text outside the part of the sheet that is shown does not count."""

    def draw(canvas: Canvas) -> None:
        canvas.setCropBox((50, 50, 545, 790))
        all_of(at(LEFT, 700, "第一条申请。"), at(LEFT, 820, "裁切"), at(LEFT, -30, "页外"))(canvas)

    assert extract(made(draw), "t.pdf").text == "第一条申请。"


def unseen(x: float, y: float, text: str) -> Page:
    """Draws a text without ink."""

    def draw(canvas: Canvas) -> None:
        shown = canvas.beginText(x, y)
        shown.setFont(FONT, SIZE)
        shown.setTextRenderMode(3)
        shown.textOut(text)
        canvas.drawText(shown)

    return draw


def picture(canvas: Canvas) -> None:
    """Draws a picture."""
    canvas.drawImage(ImageReader(Image.new("L", (200, 300), 200)), 50, 50, 400, 600)


def test_text_without_ink_counts_where_it_is_the_text_of_a_picture() -> None:
    """A scan that was recognised has its text without ink; elsewhere such text is left out."""
    scan = all_of(picture, unseen(LEFT, 700, "第一条企业可以申请。"), at(400, 20, "扫描"))
    assert read(scan) == ["第一条企业可以申请。", "扫描"]
    found = extract(made(all_of(rows("第一条企业可以申请。"), unseen(LEFT, 600, "暗"))), "t.pdf")
    assert (body(found), left_out(found)) == (["第一条企业可以申请。"], ["暗"])
    assert [piece.reason for piece in found.left_out] == ["hidden"]


# Files made by hand


def raw(*objects: bytes) -> bytes:
    """A file of these objects, the first of which is the catalogue."""
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (len(objects) + 1, table, len(objects) + 1, len(out))
    )


def packed(content: bytes, entries: bytes = b"") -> bytes:
    """A packed stream."""
    data = zlib.compress(content, 9)
    head = b"<<%b/Filter/FlateDecode/Length %d>>stream\n" % (entries, len(data))
    return head + data + b"\nendstream"


def one_page(content: bytes, *more: bytes, resources: bytes = b"/Font<</F 5 0 R>>") -> bytes:
    """A file of one page with that content; ``more`` objects count from 5."""
    return raw(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<%b>>>>"
        % resources,
        content,
        *more,
    )


def font(named: bytes = b"/Encoding/Identity-H", widths: bytes = b"") -> tuple[bytes, bytes]:
    """A font that draws characters by their numbers: objects 5 and 6."""
    return (
        b"<</Type/Font/Subtype/Type0/BaseFont/A%b/DescendantFonts[6 0 R]>>" % named,
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/A/DW 1000%b"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)>>>>" % widths,
    )


NAMED = b"/Encoding/Identity-H/ToUnicode 7 0 R"


def drawing(*texts: str) -> bytes:
    """A file that draws each of the texts with a character of its own of the font."""
    codes = b"".join(
        b"<%04x><%b>" % (i, text.encode("utf-16-be", "surrogatepass").hex().encode())
        for i, text in enumerate(texts, start=1)
    )
    numbers = b"".join(b"%04x" % i for i in range(1, len(texts) + 1))
    return one_page(
        packed(b"BT /F 14 Tf 72 700 Td <%b> Tj ET" % numbers),
        *font(NAMED),
        packed(b"begincmap %d beginbfchar %b endbfchar endcmap" % (len(texts), codes)),
    )


def test_characters_are_those_that_a_reader_sees() -> None:
    """Radicals that stand for characters, ligatures and control characters are put right; full-width
    digits and private characters stay."""
    texts = ["⼀", "⻅", "⼾", "ﬁ", "２", "\ue001", "豈", "“", "”", "一\x00二", "\u200b", "\x07"]
    assert extract(drawing(*texts), "t.pdf").text == "一见户fi２\ue001豈“”一二"
    assert legible("⽤⼯，５0％Ⅳ") == "用工，５0％Ⅳ"


def test_a_font_may_bring_its_own_codes() -> None:
    """Codes that are listed in the file, and characters named by the font's collection."""
    codes = b"begincmap 1 begincodespacerange <00><ff> endcodespacerange 1 begincidrange <41><43> 1 endcidrange 1 begincidchar <44> 4 endcidchar endcmap"
    table = b"begincmap 4 beginbfchar <0001><4f01><0002><4e1a><0003><7533><0004><8bf7> endbfchar endcmap"
    data = one_page(
        packed(b"BT /F 14 Tf 72 700 Td (ABCD) Tj ET"),
        *font(b"/Encoding 8 0 R/ToUnicode 7 0 R"),
        packed(table),
        packed(codes, b"/CMapName/Own"),
    )
    assert extract(data, "t.pdf").text == "企业申请"


# Bad files

TEXT = packed(b"BT /F 14 Tf 72 700 Td <00010002> Tj ET")


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (b"<html>404</html>", DamagedFileError, "does not begin"),
        (b"%PDF-1.7\nnothing", DamagedFileError, "broken"),
        (b"%PDF-1.7\n" + b"[" * 5_000, DamagedFileError, "broken"),
        (made(rows("一", "二"))[:900], DamagedFileError, "broken"),
        (made(rows(), rows()), EmptyFileError, "no page has any text"),
        (made(picture), NoTextLayerError, "scan: pictures of pages without text.*OCR"),
        (made(*(framed("", f"— {i} —", picture) for i in (1, 2))), NoTextLayerError, "scan"),
        (one_page(TEXT, *font()), NoTextLayerError, "don't say which characters"),
        (one_page(TEXT, *font(b"/Encoding/Unheard-Of")), NoTextLayerError, "don't say which"),
        (drawing("\ue001", "\ue002", "一"), NoTextLayerError, "don't say which"),
        (made(rows("一"), encrypt="geheim"), ProtectedFileError, "asks for a password"),
        (
            raw(
                b"<</Type/Catalog/Pages 2 0 R>>",
                b"<</Type/Pages/Kids[%b]/Count 3001>>"
                % (b"3 0 R " * 0 + b" ".join(b"%d 0 R" % i for i in range(3, 3004))),
                *[b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"] * 3001,
            ),
            TooLargeError,
            "more than 3,000 pages",
        ),
    ],
)
def test_a_bad_file_says_what_is_wrong(data: bytes, error: type[ReadingError], says: str) -> None:
    """Each kind of bad file has its error, which names the file and what to do."""
    with pytest.raises(error, match=rf"(?s)^t\.pdf: .*{says}") as caught:
        extract(data, "t.pdf")
    assert caught.value.remedy


def _nested(count: int) -> list[bytes]:
    form = b"/Subtype/Form/BBox[0 0 1 1]/Resources<</XObject<</X %d 0 R>>>>"
    return [packed(b"/X Do " * 2, form % (6 + i)) for i in range(count)]


ENDLESS = {
    "unpacks to gigabytes": one_page(packed(bytes(40_000_000))),
    "packed twice": one_page(
        packed(zlib.compress(bytes(40_000_000))).replace(
            b"/FlateDecode", b"[/FlateDecode/FlateDecode]"
        )
    ),
    "a long page": one_page(packed(b"q Q " * 3_000_000)),
    "many characters": one_page(
        packed(b"BT /F 1 Tf (" + b"a" * 500_000 + b") Tj ET"),
        b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>",
    ),
    "nested brackets": one_page(packed(b"[" * 7_000_000)),
    "nested objects": one_page(packed(b"x"), b"[" * 100_000),
    "figures in figures": one_page(
        packed(b"/X Do " * 2), *_nested(30), resources=b"/XObject<</X 5 0 R>>"
    ),
    "widths": one_page(TEXT, *font(widths=b"/W[0 4000000000 500]")),
    "characters of a font": one_page(
        TEXT,
        *font(NAMED),
        packed(b"begincmap 1 beginbfrange <00000000><ffffffff><0041> endbfrange endcmap"),
    ),
    "predictor": one_page(
        b"<</Length 13/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 99999999999>>>>stream\n"
        + zlib.compress(b"hello")
        + b"\nendstream"
    ),
}


@pytest.mark.parametrize("data", ENDLESS.values(), ids=ENDLESS)
def test_a_file_that_goes_on_without_end_is_refused(data: bytes) -> None:
    """What would take all memory or hours is told in seconds."""
    start = time.process_time()
    with pytest.raises(ReadingError, match=r"^t\.pdf: "):
        extract(data, "t.pdf")
    assert time.process_time() - start < 15


@pytest.mark.parametrize(
    "data",
    [
        one_page(b"4 0 R"),
        one_page(b"<</Length 4 0 R>>stream\nq\nendstream"),
        raw(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1>>"),
        one_page(
            packed(b"/X Do"),
            packed(
                b"/X Do /X Do", b"/Subtype/Form/BBox[0 0 1 1]/Resources<</XObject<</X 5 0 R>>>>"
            ),
            resources=b"/XObject<</X 5 0 R>>",
        ),
    ],
)
def test_objects_that_refer_to_themselves_are_empty(data: bytes) -> None:
    """A circle of references ends."""
    with pytest.raises(EmptyFileError):
        extract(data, "t.pdf")


def test_what_can_be_read_of_a_file_is_read() -> None:
    """A password for the owner alone, pages without text among others, and a wrong table of places
    keep nobody from reading."""
    (page,) = set_in_pages(ITEMS[:1], 9)
    owned = made(rows(*page), encrypt=StandardEncryption("", ownerPassword="o", canCopy=0))
    assert body(extract(owned, "t.pdf")) == ITEMS[:1]
    assert extract(made(picture, rows(*page), picture), "t.pdf") == Extract(ITEMS[0], (0, 0, 117))
    whole = made(rows(*page))
    assert body(extract(whole.replace(b"startxref\n", b"startxref\n9"), "t.pdf")) == ITEMS[:1]


def test_reading_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    """Oddities of a file are not logged, and logging is afterwards as it was."""
    logger = logging.getLogger("pdfminer")
    before = logger.level
    with caplog.at_level(logging.DEBUG):
        extract(drawing("企"), "t.pdf")
    assert not [record for record in caplog.records if record.name.startswith("pdfminer")]
    assert logger.level == before


# Whole texts


@pytest.mark.parametrize("producer", ["chromium", "libreoffice"])
def test_files_of_independent_producers_give_their_text(producer: str) -> None:
    """A policy with chapters, wrapped items, a table and a signature over several pages comes back
    paragraph by paragraph and row by row."""
    found = extract((DATA / f"{producer}.pdf").read_bytes(), "policy.pdf")
    assert body(found) == (DATA / "policy.txt").read_text("utf-8").splitlines()
    assert [piece.reason for piece in found.left_out] == ["page"]
    expected = {
        "chromium": ["某市企业奖励办法", "企业：本市企业；", "励资金。\n某市商务局"],
        "libreoffice": ["某市企业奖励办法", "企业：上市企业；条件：上年资金100万元以上"],
    }
    for start, text in zip(found.pages, expected[producer], strict=True):
        assert found.text[start:].startswith(text)


def test_a_text_set_in_pages_gives_the_clauses_of_its_text() -> None:
    """The same clauses come out of a text and of its printed pages."""
    text = (DOCUMENTS / "jiaxing-implementation-plan.txt").read_text("utf-8")
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    pages = set_in_pages(lines, 25)
    data = made(*(framed("某市公报", f"— {i} —", rows(*page)) for i, page in enumerate(pages)))

    def numbers(content: bytes, source: str) -> list[str]:
        documents = parse(content, source).documents
        return [clause.number for each in documents for clause in read_outline(each).clauses]

    assert numbers(data, "t.pdf") == numbers("\n".join(lines).encode(), "t.txt")


WHOLE = (DATA / "libreoffice.pdf").read_bytes()


@pytest.mark.fuzz
@settings(max_examples=examples(25), deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 40), st.binary(max_size=12)),
        min_size=1,
        max_size=6,
    )
)
def test_a_damaged_file_is_read_or_refused(damages: list[tuple[int, int, bytes]]) -> None:
    """Whatever is cut out of a file or put into it, there is an extract or a reading error."""
    data = WHOLE
    for start, count, new in damages:
        data = data[:start] + new + data[start + count :]
    try:
        found = extract(data, "t.pdf")
    except ReadingError:
        return
    assert found.pages[0] == 0
    assert list(found.pages) == sorted(found.pages)
    assert found.pages[-1] <= len(found.text)
    assert all(line and line == line.strip() for line in found.text.split("\n"))
