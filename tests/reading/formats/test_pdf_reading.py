"""PDF files: paragraphs across lines and pages, what frames the pages, tables, and what can't be read."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from assistant.errors import (
    DamagedFileError,
    EmptyFileError,
    NoTextLayerError,
    ProtectedFileError,
    ReadingError,
)
from assistant.reading import Extract
from assistant.reading.formats.pdf import extract
from tests.conftest import examples

SIZE, LEFT, LINE, MEASURE = 14, 72, 24, 32
"""Points of the type, of the left margin and between lines; characters of a full line."""
LONG = (
    "第一条　为了促进跨境电商健康发展，规范市场秩序，保护当事人的合法权益，根据有关法律、法规，结合本市实际，"
    "制定本办法。本市行政区域内的跨境电商经营活动适用本办法，法律、法规另有规定的，从其规定。"
)


def drawn(draw: Callable[[Canvas], None], **options: str) -> bytes:
    """A PDF file made by ``draw``."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=A4, **options)
    canvas.setFont("STSong-Light", SIZE)
    draw(canvas)
    canvas.save()
    return data.getvalue()


def broken(paragraph: str, indent: int = 2) -> list[tuple[int, str]]:
    """The printed lines of a paragraph: characters of indentation, and the text."""
    lines, at = [(indent, paragraph[: MEASURE - indent])], MEASURE - indent
    while at < len(paragraph):
        lines.append((0, paragraph[at : at + MEASURE]))
        at += MEASURE
    return lines


def printed(paragraphs: Sequence[str], per_page: int, frame: bool = True) -> bytes:
    """The paragraphs set in lines and pages, with a running head and a page's number."""
    lines = [line for paragraph in paragraphs for line in broken(paragraph)]

    def draw(canvas: Canvas) -> None:
        for page, first in enumerate(range(0, len(lines), per_page), start=1):
            canvas.setFont("STSong-Light", SIZE)
            if frame:
                canvas.drawString(LEFT, 800, "某市人民政府公报")
                canvas.drawCentredString(298, 40, f"— {page} —")
            for row, (indent, text) in enumerate(lines[first : first + per_page]):
                canvas.drawString(LEFT + indent * SIZE, 740 - row * LINE, text)
            canvas.showPage()

    return drawn(draw)


def kept(found: Extract) -> list[str]:
    """The lines that are not left out."""
    text = found.text
    for piece in reversed(found.left_out):
        text = text[: piece.start] + text[piece.end :]
    return [line for line in text.split("\n") if line]


PARAGRAPHS = [
    LONG,
    "第二条　企业可以申请奖励，奖励不超过",
    *(f"第{n}条　{'企业应当依法经营，诚实守信，接受监督。' * 4}" for n in "三四五六七八"),
]


@pytest.mark.parametrize("per_page", [5, 7, 11])
def test_a_paragraph_is_one_line_across_lines_and_pages(per_page: int) -> None:
    """Wherever lines and pages break, paragraphs come back whole; head and numbers are set apart,
    each once, at the end."""
    found = extract(printed(PARAGRAPHS, per_page), "t.pdf")
    assert kept(found) == [paragraph.replace("\u3000", " ") for paragraph in PARAGRAPHS]
    (frame,) = found.left_out
    assert frame.reason == "page"
    assert frame.end == len(found.text)
    lines = found.text[frame.start :].split("\n")
    assert lines.count("某市人民政府公报") == 1
    assert lines.count("— 1 —") == 1


def test_where_pages_begin() -> None:
    """A page begins where its own first character stands, in the middle of a paragraph even."""
    found = extract(printed([LONG], 2), "t.pdf")
    assert found.pages[0] == 0
    assert found.text[found.pages[1] :].startswith(LONG[MEASURE * 2 - 2 :][:10])
    assert list(found.pages) == sorted(found.pages)


def test_a_short_text_on_one_page_keeps_its_lines() -> None:
    """Nothing repeats on a single page: no line of it is taken for a running head."""
    found = extract(printed(["某市通知", "请做好有关工作。"], 20, frame=False), "t.pdf")
    assert kept(found) == ["某市通知", "请做好有关工作。"]


def test_a_ruled_table_gives_rows_with_their_heads() -> None:
    """Cells between ruling lines are a table, at its place among the paragraphs."""
    rows = [["项目", "标准"], ["独立站", "50万元"], ["海外仓", "90万元"]]

    def draw(canvas: Canvas) -> None:
        canvas.drawString(LEFT + 2 * SIZE, 740, "一、补贴标准如下：")
        for i in range(4):
            canvas.line(LEFT, 720 - 30 * i, LEFT + 300, 720 - 30 * i)
        for i in range(3):
            canvas.line(LEFT + 150 * i, 720, LEFT + 150 * i, 630)
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                canvas.drawString(LEFT + 150 * j + 8, 700 - 30 * i, cell)
        canvas.drawString(LEFT + 2 * SIZE, 600, "二、补贴每年发放一次。")

    assert kept(extract(drawn(draw), "t.pdf")) == [
        "一、补贴标准如下：",
        "项目：独立站；标准：50万元",
        "项目：海外仓；标准：90万元",
        "二、补贴每年发放一次。",
    ]


def test_two_columns_are_read_one_after_the_other() -> None:
    """A gutter down the page parts two columns."""
    left = [f"左栏第{n}行的文字写到栏边为止。" for n in range(20)]
    right = [f"右栏第{n}行的文字写到栏边为止。" for n in range(20)]

    def draw(canvas: Canvas) -> None:
        canvas.setFont("STSong-Light", 12)
        for i, (one, other) in enumerate(zip(left, right, strict=True)):
            canvas.drawString(60, 780 - 20 * i, one)
            canvas.drawString(320, 780 - 20 * i, other)

    text = extract(drawn(draw), "t.pdf").text.replace("\n", "")
    assert text == "".join(left + right)


def test_bold_type_that_is_drawn_twice_is_read_once() -> None:
    """Programs without a bold font draw characters twice, a hair apart."""

    def draw(canvas: Canvas) -> None:
        for dx in (0, 0.3):
            canvas.drawString(LEFT + dx, 740, "第一条　企业可以申请奖励。")

    assert extract(drawn(draw), "t.pdf").text == "第一条 企业可以申请奖励。"


def _picture(canvas: Canvas) -> None:
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    canvas.drawImage(ImageReader(Image.new("L", (200, 300), 200)), 50, 50, 400, 600)


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (drawn(_picture), NoTextLayerError, "scan.*OCR"),
        (drawn(lambda canvas: canvas.showPage()), EmptyFileError, "no page has any text"),
        (
            drawn(lambda canvas: canvas.drawString(9, 9, "x"), encrypt="geheim"),
            ProtectedFileError,
            "password",
        ),
        (b"%PDF-1.7\nrubbish", DamagedFileError, "broken"),
        (b"PK\x03\x04", DamagedFileError, "does not begin as a pdf"),
    ],
)
def test_what_can_not_be_read_says_why(data: bytes, error: type[ReadingError], says: str) -> None:
    """A scan, an empty file, a password, rubbish: each its own error that names the file."""
    with pytest.raises(error, match=rf"t\.pdf.*{says}"):
        extract(data, "t.pdf")


WHOLE = printed(PARAGRAPHS[:3], 5)


@pytest.mark.fuzz
@settings(max_examples=examples(30), deadline=None)
@given(
    st.binary(max_size=200)
    | st.tuples(st.integers(0, len(WHOLE)), st.binary(min_size=1, max_size=8))
)
def test_no_bytes_break_the_reading_of_pdf_files(damage: bytes | tuple[int, bytes]) -> None:
    """Any bytes, and a good file with some bytes replaced, give an extract or a reading error."""
    if isinstance(damage, bytes):
        data = b"%PDF-1.4\n" + damage
    else:
        at, some = damage
        data = WHOLE[:at] + some + WHOLE[at + len(some) :]
    try:
        found = extract(data, "t.pdf")
    except ReadingError:
        return
    assert all(0 <= p.start < p.end <= len(found.text) for p in found.left_out)
    assert list(found.pages) == sorted(found.pages)
