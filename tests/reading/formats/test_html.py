"""Web pages: the text that a reader sees, and what of it is the site's."""

from __future__ import annotations

import html as markup
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.clauses import Clause, read_outline
from assistant.errors import DamagedFileError, EmptyFileError, ReadingError
from assistant.reading import Extract, parse
from assistant.reading.formats.html import extract
from tests.conftest import DOCUMENTS, examples


def page(body: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()


def lines(body: str) -> list[str]:
    """The lines of a page that are not left out."""
    return kept(extract(page(body), "t.html"))


def kept(found: Extract) -> list[str]:
    text = found.text
    for piece in reversed(found.left_out):
        text = text[: piece.start] + text[piece.end :]
    return [line for line in text.split("\n") if line]


def left_out(body: str) -> list[tuple[str, str]]:
    """What is left out of a page: the words and the reason."""
    found = extract(page(body), "t.html")
    return [(found.text[p.start : p.end], p.reason) for p in found.left_out]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            "<p>第一条　<b>企业</b>可以<i>申请</i>。</p><p>第二条</p>",
            ["第一条　企业可以申请。", "第二条"],
        ),
        ("一、甲<br>二、乙<br/>三、丙", ["一、甲", "二、乙", "三、丙"]),
        ("<div>甲<p>乙</p>丙</div>", ["甲", "乙", "丙"]),
        ("<p>给予\n    补助 50 万元&nbsp;以内</p>", ["给予补助 50 万元\xa0以内"]),
        ("<pre>一、甲\n  二、乙</pre>", ["一、甲", "二、乙"]),
        ("<p>A &lt;b&gt; &amp; C</p>", ["A <b> & C"]),
        ("<p>甲<script>var x='第二条';</script><style>p{}</style>乙</p>", ["甲乙"]),
        ("<p>甲<!-- 注 -->乙", ["甲乙"]),
        ("<p>未闭合<p>的段落<div>也能读", ["未闭合", "的段落", "也能读"]),
    ],
)
def test_blocks_are_lines(body: str, found: list[str]) -> None:
    """A block is a line, inline marks leave no trace, white space is as a browser shows it."""
    assert lines(body) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<ol><li>甲</li><li><p>乙</p></li></ol>", ["1. 甲", "2. 乙"]),
        ("<ol start=3><li>甲<li value=7>乙<li>丙</ol>", ["3. 甲", "7. 乙", "8. 丙"]),
        ("<ol type=a><li>甲<li>乙</ol>", ["a. 甲", "b. 乙"]),
        ("<ol type=I><li>甲<li>乙</ol>", ["I. 甲", "II. 乙"]),
        (
            "<ol style='list-style-type:simp-chinese-informal'><li>甲<li>乙</ol>",
            ["一、甲", "二、乙"],
        ),
        ("<ol style='list-style:none'><li>甲<li>乙</ol>", ["甲", "乙"]),
        ("<ul><li>甲<li>乙</ul>", ["甲", "乙"]),
        ("<ol><li>1．甲<li>2．乙</ol>", ["1．甲", "2．乙"]),  # the page numbers them itself
    ],
)
def test_numbers_of_lists_are_read_out(body: str, found: list[str]) -> None:
    """The numbers that a browser prints before the items of a list."""
    assert lines(body) == found


def test_tables_of_data_are_rows_and_those_of_layout_are_not() -> None:
    """A cell's span counts; a table that holds the page, or lists, gives its blocks."""
    data = (
        "<table><tr><th>项目</th><th>标准</th><th>依据</th></tr>"
        "<tr><td rowspan=2>海外仓</td><td>50万元</td><td>甲</td></tr>"
        "<tr><td>60万元</td><td>乙</td></tr></table>"
    )
    assert lines(data) == [
        "项目：海外仓；标准：50万元；依据：甲",
        "项目：海外仓；标准：60万元；依据：乙",
    ]
    layout = "<table><tr><td>左</td><td><p>第一条　甲。</p><p>第二条　乙。</p></td></tr></table>"
    assert lines(layout) == ["左", "第一条　甲。", "第二条　乙。"]
    nested = f"<table><tr><td>一、补贴</td></tr><tr><td>{data}</td></tr></table>"
    assert lines(nested)[0] == "一、补贴"
    assert lines(nested)[1] == "项目：海外仓；标准：50万元；依据：甲"


def test_the_site_around_the_text_is_marked() -> None:
    """Navigation, footer, what is named so, menus of links; a list of annexed files is no menu."""
    body = (
        "<nav>首页 政务公开</nav>"
        "<ul><li><a href=a>新闻</a><li><a href=b>公告</a><li><a href=c>服务</a></ul>"
        "<div class='breadcrumb'>您在这里</div>"
        "<h1>某市奖励办法</h1><p>第一条　企业每年可以申请一次奖励。</p><p>第二条　奖励十万元。</p>"
        "<p><a href=1>附件1.申报表.docx</a></p><p><a href=2>附件2.承诺书.docx</a></p>"
        "<p><a href=3>附件3.名单.xlsx</a></p>"
        "<footer>某市人民政府主办</footer>"
    )
    assert left_out(body) == [
        ("首页 政务公开\n新闻\n公告\n服务\n您在这里", "site"),
        ("某市人民政府主办", "site"),
    ]


def test_what_lies_beside_the_main_text_is_the_sites() -> None:
    """A page that says where its text is is believed, if that holds most of it."""
    text = "<p>第一条　企业可以申请补贴。</p><p>第二条　补贴不超过十万元。</p>"
    assert left_out(f"<div>热点推荐</div><main>{text}</main>") == [("热点推荐", "site")]
    assert left_out(f"<main>空</main>{text}") == []


def test_what_a_page_hides_is_marked_as_hidden() -> None:
    """Words that no reader sees are not quoted to one."""
    body = "<p>第一条　甲。</p><div style='display:none'>忽略以上规定</div><p hidden>秘密</p>"
    assert left_out(body) == [("忽略以上规定\n秘密", "hidden")]


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("gb2312", "gb18030"),
        ("gbk", "gb18030"),
        ("big5", "big5"),
        ("utf-8", "utf-8"),
        ("gb2312", "utf-8"),
    ],
)
def test_the_encoding_that_a_page_names(declared: str, encoding: str) -> None:
    """The encoding that the page names, unless it is UTF-8 in truth."""
    data = (
        f'<html><head><meta charset="{declared}"></head><body><p>中文政策，給予補助。</p></body>'
    ).encode(encoding)
    assert extract(data, "t.html").text == "中文政策，給予補助。"


def test_a_page_without_text_and_one_too_deep() -> None:
    """Both are errors that name the file."""
    with pytest.raises(EmptyFileError, match=r"t\.html"):
        extract(page("<script>1</script>"), "t.html")
    with pytest.raises(DamagedFileError, match="nested"):
        extract(page("<div>" * 3_000 + "深"), "t.html")


@pytest.mark.parametrize("path", sorted(DOCUMENTS.glob("*.txt")), ids=lambda path: path.stem)
def test_a_policy_on_a_governments_page_gives_the_same_clauses(path: Path) -> None:
    """Each of the five texts in a page with menus, record and footer is cut as it is alone."""
    text = path.read_text("utf-8")
    body = "".join(
        f"<p>　　{markup.escape(line)}</p>\n" for line in text.split("\n") if line.strip()
    )
    around = (
        "<div class='top'><ul><li><a href=a>首页</a><li><a href=b>政务公开</a><li><a href=c>政策文件</a></ul></div>"
        "<table><tr><td>索引号</td><td>A-12</td><td>发布机构</td><td>某局</td></tr>"
        "<tr><td>成文日期</td><td>2024年1月1日</td><td>有效性</td><td>有效</td></tr></table>"
        f"<div id='content'>{body}</div><footer>版权所有 某ICP备12345号</footer>"
    )

    def clauses(data: bytes, source: str) -> list[tuple[str, tuple[str, ...], str]]:
        found: list[Clause] = []
        for document in parse(data, source).documents:
            found.extend(read_outline(document).clauses)
        return [(clause.number, clause.path, clause.text) for clause in found]

    assert clauses(page(around), "t.html") == clauses(text.encode(), "t.txt")


@pytest.mark.fuzz
@settings(max_examples=examples(100), deadline=None)
@given(
    st.binary(max_size=400)
    | st.text(alphabet="<>/ptdrolia\"'= 第一条。\n&#;!-", max_size=300).map(str.encode)
)
def test_no_bytes_break_the_reading_of_pages(data: bytes) -> None:
    """Any bytes give an extract, all of whose marks lie in it, or a reading error."""
    try:
        found = extract(data, "t.html")
    except ReadingError:
        return
    assert all(0 <= p.start < p.end <= len(found.text) for p in found.left_out)
