"""Conversations as Markdown, as a Word file, and one answer as plain text."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from assistant import Answer, Citation, Clause, Hit, Reason, TableRow
from assistant.answering import Fact
from assistant.page.export import docx_of, markdown_of, plain_of
from assistant.page.export.words import EXPORT
from assistant.reading import read_file
from assistant.retrieval import Kind
from assistant.text import writable
from tests.conftest import clauses_of, examples

DAY = date(2026, 11, 22)
NASTY = st.one_of(
    st.text(
        st.sampled_from(
            "<>&\"'`\n\t 　补贴。*_$[](){}#-=+/\\|~!^@:;,.%?1209acmptwx\u00a0\u2028\ufeff\r\x0b\x00\x85"
        ),
        max_size=40,
    ),
    st.text(max_size=30),
    st.lists(
        st.sampled_from(
            [
                "# ", "- ", "+ ", "1. ", "2) ", "> ", "***", "---", "===", "```", "~~~", "    ", "\t",
                "<!-- ", "-->", "<script>alert(1)</script>", "<b onclick=x>", "&lt;", "&#42;", "&amp",
                "[x](javascript:alert(1))", "![x](y)", "[x]: http://a.cn 'y'", "[^1]", "[ ] ", "[TOC]",
                "https://a.cn/b?c=d&e#f", "www.a.com", "a.b@c.cn", "mailto:x@y.z", "@me", "//a.cn", "xmpp:a@b.c",
                "| a | b |\n| --- | --- |\n", "$x$", "$$", "\\(", "\\[", "\\", "`", "``", "**", "__", "~~", "==",
                "(c)", "(TM)", "...", "+-", "????", ",,", '"q"', "'", ":tada:", "{{x}}", "{% x %}",
                "补贴", "，", "200万元", "1.5", "\n", "\n\n", " ", "  \n", "\r\n", "\u202e",
            ]
        ),
        max_size=8,
    ).map("".join),
).filter(str.strip)  # fmt: skip
"""Texts that try to be markup."""


@cache
def template() -> Clause:
    """Any clause."""
    return clauses_of("杭州市政策\n一、独立站。给予补贴。\n二、海外仓。给予奖励。\n")[0]


_OF_CLAUSE = ("id", "address", "path", "responsible", "source")


def clause_of(text: str, **fields: Any) -> Clause:
    """A clause that is all of the file ``text``; ``fields`` are its own, or its document's."""
    base = template()
    own = {name: value for name, value in fields.items() if name in _OF_CLAUSE}
    others = {name: value for name, value in fields.items() if name not in _OF_CLAUSE}
    whole: dict[str, Any] = {"text": text, "start": 0, "end": len(text)}
    document = replace(base.document, left_out=(), **whole, **others)
    return replace(base, document=document, **whole, **own)


def quoting(clause: Clause, start: int = 0, end: int | None = None) -> Citation:
    end = len(clause.text) if end is None else end
    return Citation(clause, clause.document.text[start:end], start, end, clause.address)


def answer_of(*citations: Citation, question: str = "补贴多少？", **fields: Any) -> Answer:
    made = Answer(question, "", citations, False, None, 0.9)
    return replace(made, **fields)


def refusal(question: str = "上海呢？", **fields: Any) -> Answer:
    made = Answer(question, "", (), True, Reason.PLACE, 0.0)
    return replace(made, **fields)


def hostile(words: str) -> list[Answer]:
    """A conversation of every kind of answer, ``words`` wherever words of others can stand."""
    clause = clause_of(
        words, address=words, path=(words,), responsible=(words,), source=words,
        title=words, region=words, number=words,
    )  # fmt: skip
    cited = quoting(clause)
    return [
        answer_of(cited, question=words, notices=(words,), understood_as=words, facts=(Fact(Kind.AMOUNT, (words,), clause),)),
        answer_of(cited, question=words, table=(TableRow(words, cited), TableRow(words, None))),
        refusal(words, explanation=(words,), closest=cited, nearest=(Hit(replace(clause, heading=words), 1.0, {}),)),
    ]  # fmt: skip


MARKUP = {
    "heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline",
    "blockquote_open", "blockquote_close", "bullet_list_open", "bullet_list_close",
    "list_item_open", "list_item_close", "table_open", "table_close", "thead_open", "thead_close",
    "tbody_open", "tbody_close", "tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close",
}  # fmt: skip
"""The blocks that an export is made of."""
WORDS_IN_LINE = {"text", "code_inline", "hardbreak", "strong_open", "strong_close"}
LINKED = re.compile(r"@|[a-z]://|www\.|[a-z]\.(?:com|cn|org|net)", re.IGNORECASE)
"""What readers of Markdown link by themselves, where it stands in plain text."""

PARSERS = [
    MarkdownIt("commonmark").enable("table"),
    MarkdownIt("js-default", {"typographer": True, "html": True}),
]
"""As the standard has it; and with strikethrough, typographer's quotes and dashes, and HTML."""


def words_of(token: Token) -> str:
    """The text of a line as a reader sees it, which may hold no markup."""
    said = ""
    for child in token.children or ():
        assert child.type in WORDS_IN_LINE, (child.type, token.content)
        said += "\n" if child.type == "hardbreak" else child.content
        if child.type == "text":
            assert not LINKED.search(child.content), token.content
    return said


def rendered(markdown: str, parser: MarkdownIt) -> list[tuple[str, str]]:
    """The texts of a Markdown file, each with the block that it stands in; nothing else is in it."""
    found: list[tuple[str, str]] = []
    open_: list[str] = []
    for token in parser.parse(markdown):
        assert token.type in MARKUP, (token.type, markdown)
        if token.nesting == 1:
            open_.append(token.type.removesuffix("_open"))
        elif token.nesting == -1:
            open_.pop()
        else:
            inside = "blockquote" if "blockquote" in open_ else open_[-1]
            found.append((inside, words_of(token)))
    return found


@pytest.mark.fuzz
@settings(max_examples=examples(150))
@given(NASTY)
def test_nothing_becomes_markdown(words: str) -> None:
    """Whatever a document, a file's name or a question holds, only the export's own markup comes
    out, and every quote is read word for word."""
    markdown = markdown_of(hostile(words), "zh", DAY)
    for parser in PARSERS:
        texts = rendered(markdown, parser)
        quotes = [text for block, text in texts if block == "blockquote"]
        assert quotes == [writable(words)] * 3  # of the answer, of the refusal, and in full
        cells = [text for block, text in texts if block == "td"]
        assert cells[:3] == [writable(words), writable(words), f"〔1〕{writable(words)}"]
        headings = [text for block, text in texts if block == "heading"]
        assert len(headings) == 1 + 3 + 1 + 1
        assert headings[-1] == f"〔1〕{writable(words)}"
        assert writable(f"按这个问题回答：{words}") in [text for _, text in texts]


@pytest.mark.fuzz
@settings(max_examples=examples(30))
@given(NASTY)
def test_nothing_becomes_part_of_a_word_file(words: str) -> None:
    """Whatever a text holds, the file is whole, its quotes are word for word, its only fields the
    page numbers and its only links those inside it."""
    data = docx_of(hostile(words), "zh", DAY)
    document = docx.Document(BytesIO(data))
    quotes = [p.text for p in document.paragraphs if p.style and p.style.name == "Quote"]
    assert quotes == [writable(words)] * 2
    printed = [p.text for p in document.paragraphs if p.style and p.style.name == "Clause"]
    assert printed == [writable(words)]
    assert document.tables[0].rows[1].cells[1].text == writable(words)
    body = document.element.body
    assert not body.xpath(
        ".//w:fldSimple | .//w:instrText | .//w:fldChar | .//w:altChunk | .//w:drawing"
    )
    for link in body.xpath(".//w:hyperlink"):
        assert set(link.attrib) == {qn("w:anchor"), qn("w:history")}
        assert body.xpath(f".//w:bookmarkStart[@w:name='{link.get(qn('w:anchor'))}']")
    assert not [r for r in document.part.rels.values() if r.is_external]


def test_what_means_nothing_stays_as_it_is() -> None:
    """Ordinary Chinese text, its ASCII marks among it, reads the same before it is rendered."""
    text = "(一)自2024.5至2025-12,给予不超过25%、1.5万元的补贴;“跨境电商+市场采购”(B2B/B2C)\n1.完善海外仓。"
    markdown = markdown_of([answer_of(quoting(clause_of(text)))], "zh", DAY)
    first, second = text.split("\n")
    assert f"> {first}\\\n> {second}\n" in markdown


def test_addresses_of_pages_and_mail_are_readable_and_no_links() -> None:
    """They are set as code, which no reader of Markdown links."""
    text = "申报网址：https://sw.hangzhou.gov.cn/a?b=1&c,邮箱a.b@hz.gov.cn。见guide_2.pdf"
    markdown = markdown_of([answer_of(quoting(clause_of(text)))], "zh", DAY)
    assert (
        "> 申报网址：`https://sw.hangzhou.gov.cn/a?b=1&c`,邮箱`a.b@hz.gov.cn`。见`guide_2.pdf`\n"
        in markdown
    )


@cache
def talk() -> tuple[Answer, ...]:
    """A conversation with a clause cited twice, a comparison, a refusal and a text that has run
    out."""
    site = clause_of(
        "（三）支持独立站。给予最高200万元补贴。以银行回单为准。", id="a", address="《杭州办法》（三）", title="杭州办法",
        source="hz/办法.pdf", responsible=("市商务局", "市财政局"), path=("一、 支持措施",), region="杭州市",
        number="杭商务〔2024〕1号", effective_from=date(2024, 1, 1), effective_to=date(2025, 12, 31), pages=(0, 5),
    )  # fmt: skip
    store = clause_of(
        "四、海外仓。给予奖励。",
        id="b",
        address="《成都措施》四、",
        title="成都措施",
        source="cd.txt",
    )
    best = quoting(site, 9, 21)
    return (
        answer_of(
            best, question="独立站补多少？", notices=("注意：《杭州办法》已经届满。",),
            facts=(Fact(Kind.AMOUNT, ("最高200万元",), site),),
        ),
        answer_of(best, quoting(store), question="那有什么不同？", understood_as="杭州和成都有什么不同？",
                  table=(TableRow("杭州", best), TableRow("成都", quoting(store)), TableRow("深圳", None))),
        refusal("上海呢？", explanation=("没有上海的政策。",), nearest=(Hit(replace(store, heading="海外仓"), 1.0, {}),)),
    )  # fmt: skip


def in_order(text: str, expected: Sequence[str]) -> None:
    at = 0
    for words in expected:
        found = text.find(words, at)
        assert found >= 0, (words, text[at:])
        at = found + len(words)


EXPECTED = (
    "政策问答记录", "导出日期：2026-11-22",
    "问题 1：独立站补多少？", "注意：《杭州办法》已经届满。", "金额：最高200万元", "给予最高200万元补贴。",
    "〔1〕《杭州办法》（三）", "责任单位：市商务局、市财政局",
    "问题 2：那有什么不同？", "按这个问题回答：杭州和成都有什么不同？", "地区", "原文", "出处",
    "杭州", "给予最高200万元补贴。", "〔1〕《杭州办法》（三）", "成都", "四、海外仓。给予奖励。", "〔2〕《成都措施》四、",
    "深圳", "未提及",
    "问题 3：上海呢？", "没有上海的政策。", "最接近的条款：", "《成都措施》四、 海外仓",
    "引用的条款全文",
    "〔1〕《杭州办法》（三）", "文件：《杭州办法》（杭商务〔2024〕1号）", "地区：杭州市",
    "有效期：自 2024-01-01 起施行，至 2025-12-31（到 2026-11-22 已届满）", "上级标题：一、支持措施",
    "来源：", "hz/办法.pdf", "第 1 页", "（三）支持独立站。给予最高200万元补贴。以银行回单为准。",
    "〔2〕《成都措施》四、", "有效期：文件未写明", "来源：", "cd.txt", "四、海外仓。给予奖励。",
    "以上为政策原文摘录",
)  # fmt: skip
"""What an export of :func:`talk` says, in this order."""


def all_text(document: WordDocument) -> str:
    """Every text of a Word file's body, tables among it, in order."""
    paragraphs = document.element.body.iter(qn("w:p"))
    return "\n".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in paragraphs)


def test_both_forms_say_everything_in_order() -> None:
    """Questions, what they were taken to be, notices, facts, quotes, who is responsible, the table,
    the refusal with what is nearest, the clauses in full; the care line once."""
    markdown = "\n".join(text for _, text in rendered(markdown_of(talk(), "zh", DAY), PARSERS[0]))
    word = all_text(docx.Document(BytesIO(docx_of(talk(), "zh", DAY))))
    for text in (markdown, word):
        in_order(text, EXPECTED)
        assert text.count("以上为政策原文摘录") == 1
        assert text.rstrip().endswith("以发文机关的解释为准。")
        assert "〔3〕" not in text


def test_validity_is_judged_on_the_day() -> None:
    """What has run out on one day had not on another."""
    assert "已届满" in markdown_of(talk(), "zh", DAY)
    assert "已届满" not in markdown_of(talk(), "zh", date(2025, 12, 31))
    assert "not yet in force on 2023-12-31" in markdown_of(talk(), "en", date(2023, 12, 31))


def test_a_long_question_is_cut_in_its_heading_only() -> None:
    """Below the heading it stands in full, line by line."""
    question = "我们公司在杭州有一个独立站。\n" * 9
    blocks = rendered(markdown_of([refusal(question)], "zh", DAY), PARSERS[0])
    assert blocks[2] == ("heading", "问题 1：" + "我们公司在杭州有一个独立站。 " * 4 + "…")
    assert blocks[3] == ("paragraph", f"问题：{question.strip()}")


def test_the_bodies_are_not_said_twice() -> None:
    """Where a fact or a quote names who is responsible, no line says it again."""
    clause = clause_of("四、给予奖励。（责任单位：市商务局）", responsible=("市商务局",))
    told = answer_of(quoting(clause, 0, 7), facts=(Fact(Kind.WHO, ("市商务局",), clause),))
    assert plain_of(told, "zh").count("市商务局") == 1
    assert plain_of(answer_of(quoting(clause, 0, 7)), "zh").count("市商务局") == 1
    assert plain_of(answer_of(quoting(clause)), "zh").count("市商务局") == 1


def test_a_clause_that_changed_between_two_questions_is_two() -> None:
    """Its id is the same, its text is not: both stand in full."""
    old, new = clause_of("给予100万元。", id="a"), clause_of("给予200万元。", id="a")
    markdown = markdown_of([answer_of(quoting(old)), answer_of(quoting(new))], "zh", DAY)
    assert markdown.count("### ") == 2


def test_quotes_are_marked_in_the_clause_in_full() -> None:
    """In the Word file what was quoted stands on a ground of its own, overlapping quotes as one."""
    clause = clause_of("甲甲乙乙丙丙丁丁")
    answer = answer_of(quoting(clause, 2, 5), quoting(clause, 4, 6), quoting(clause, 7, 8))
    document = docx.Document(BytesIO(docx_of([answer], "zh", DAY)))
    (printed,) = [p for p in document.paragraphs if p.style and p.style.name == "Clause"]
    marked = [r.text for r in printed.runs if r._r.xpath("w:rPr/w:shd")]
    assert marked == ["乙乙丙丙", "丁"]
    assert printed.text == clause.text


def test_an_empty_conversation_is_a_title() -> None:
    """Nothing was asked: nothing is said but what it is and of which day."""
    assert markdown_of([], "zh", DAY) == "# 政策问答记录\n\n导出日期：2026-11-22\n"
    assert len(docx.Document(BytesIO(docx_of([], "en", DAY))).paragraphs) == 2


def test_a_word_file_is_chinese_and_names_nobody() -> None:
    """Language and Chinese fonts are set, pages are numbered, and there is no author, no other
    program's name and no picture of an empty page."""
    data = docx_of(talk(), "zh", DAY)
    document = docx.Document(BytesIO(data))
    about = document.core_properties
    assert (about.title, about.language) == ("政策问答记录", "zh-CN")
    assert (about.author, about.last_modified_by, about.comments, about.keywords) == (
        "",
        "",
        "",
        "",
    )
    assert about.created is not None
    assert about.created.date() == DAY
    with zipfile.ZipFile(BytesIO(data)) as package:
        assert not [n for n in package.namelist() if "thumbnail" in n or "app.xml" in n]
    (spoken,) = document.styles.element.xpath("w:docDefaults//w:lang")
    assert spoken.get(qn("w:eastAsia")) == "zh-CN"
    for name in {p.style.name for p in document.paragraphs if p.style}:
        fonts = document.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) in ("宋体", "楷体", "黑体"), name
        assert not [key for key in fonts.attrib if "Theme" in key], name
    footer = document.sections[0].footer._element
    assert [field.get(qn("w:instr")) for field in footer.iter(qn("w:fldSimple"))] == [
        "PAGE",
        "NUMPAGES",
    ]
    assert "第 1 页，共 1 页" in "".join(t.text or "" for t in footer.iter(qn("w:t")))


def test_a_word_file_is_read_by_another_reader(tmp_path: Path) -> None:
    """The program's own reader of .docx, which shares no code with the writer, finds the quotes."""
    path = tmp_path / "talk.docx"
    path.write_bytes(docx_of(talk(), "zh", DAY))
    text = read_file(path).text
    assert "给予最高200万元补贴。" in text
    assert "（三）支持独立站。给予最高200万元补贴。以银行回单为准。" in text


def test_an_answer_is_plain_text_for_the_clipboard() -> None:
    """The question, the notices, the facts, each quote with its number, address and bodies."""
    first, second, third = talk()
    assert plain_of(first, "zh") == (
        "问题：独立站补多少？\n\n注意：《杭州办法》已经届满。\n\n金额：最高200万元\n\n"
        "“给予最高200万元补贴。”\n——〔1〕《杭州办法》（三）\n责任单位：市商务局、市财政局\n\n"
        "以上为政策原文摘录，不构成法律意见；办理前请以发文机关的解释为准。"
    )
    in_order(
        plain_of(second, "zh"),
        ["杭州：“", "\n——〔1〕", "\n\n成都：“", "\n——〔2〕", "\n\n深圳：未提及\n\n"],
    )
    assert plain_of(third, "en") == (
        "Question: 上海呢？\n\n没有上海的政策。\n\nThe nearest clauses:\n\n· 《成都措施》四、 海外仓"
    )


def test_pasted_text_commands_no_terminal() -> None:
    """Escape sequences of a document are no longer any once they are in the clipboard."""
    pasted = plain_of(answer_of(quoting(clause_of("给予\x1b]0;x\x07补贴。\r\nrm -r"))), "zh")
    assert "“给予\ufffd]0;x\ufffd补贴。\nrm -r”" in pasted


def test_both_languages_have_every_word() -> None:
    """No word is missing in one language, and their gaps are the same."""
    assert EXPORT["zh"].keys() == EXPORT["en"].keys()
    for key, word in EXPORT["zh"].items():
        assert set(re.findall(r"{\w+}", word)) == set(re.findall(r"{\w+}", EXPORT["en"][key])), key
