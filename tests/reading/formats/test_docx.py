"""Word files: text in reading order, numbers as printed, and no way to do harm."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import (
    DamagedFileError,
    EmptyFileError,
    ProtectedFileError,
    ReadingError,
    TooLargeError,
)
from assistant.reading.extract import Extract
from assistant.reading.formats import docx_package
from assistant.reading.formats.docx import extract
from assistant.reading.formats.docx_numerals import numeral

DATA = Path(__file__).parents[2] / "data" / "docx"

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{name}"'
    for prefix, name in {
        "w": WORD,
        "r": RELATIONS,
        "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "v": "urn:schemas-microsoft-com:vml",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "w16se": "http://schemas.microsoft.com/office/word/2015/wordml/symex",
    }.items()
)
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
ROOTS = {"header": "hdr", "footer": "ftr"}


def relations(*targets: tuple[str, str, str]) -> str:
    """A ``.rels`` part: id, kind and target of each relation."""
    inner = "".join(
        f'<Relationship Id="{name}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for name, kind, target in targets
    )
    return f'<Relationships xmlns="{PACKAGE}">{inner}</Relationships>'


def zipped(parts: dict[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of the parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def parts_of(body: str, **parts: str) -> dict[str, str | bytes]:
    """The parts of a Word file with this body; others by their kind (``header1`` is a header)."""
    kinds = {name: name.rstrip("0123456789") for name in parts}
    files: dict[str, str | bytes] = {
        "_rels/.rels": relations(("r1", "officeDocument", "word/document.xml")),
        "word/_rels/document.xml.rels": relations(
            *((name, kind, f"{name}.xml") for name, kind in kinds.items())
        ),
        "word/document.xml": f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>",
    }
    for name, kind in kinds.items():
        root = ROOTS.get(kind, kind)
        files[f"word/{name}.xml"] = f"<w:{root} {NAMESPACES}>{parts[name]}</w:{root}>"
    return files


def word(body: str, **parts: str) -> bytes:
    """A Word file with this body."""
    return zipped(parts_of(body, **parts))


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def para(content: str = "", num: int | None = None, level: int = 0, properties: str = "") -> str:
    """A paragraph; plain text is wrapped into a run."""
    if num is not None:
        properties += f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{num}"/></w:numPr>'
    inner = content if content.startswith("<") or not content else run(content)
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def level(at: int, pattern: str, form: str = "decimal", start: int = 1, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{pattern}"/></w:lvl>'
    )


def abstract(name: int, *levels: str) -> str:
    return f'<w:abstractNum w:abstractNumId="{name}">{"".join(levels)}</w:abstractNum>'


def num(name: int, of: int, override: str = "") -> str:
    return f'<w:num w:numId="{name}"><w:abstractNumId w:val="{of}"/>{override}</w:num>'


def style(name: str, inner: str, title: str = "", kind: str = "paragraph", more: str = "") -> str:
    return (
        f'<w:style w:type="{kind}" w:styleId="{name}" {more}>'
        f'<w:name w:val="{title or name}"/>{inner}</w:style>'
    )


def styled(name: str) -> str:
    return f'<w:pStyle w:val="{name}"/>'


def cell(content: str = "", properties: str = "") -> str:
    inner = content if content.startswith("<") else para(content)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def row(*cells: str, head: bool = False) -> str:
    marks = "<w:trPr><w:tblHeader/></w:trPr>" if head else ""
    inner = "".join(text if text.startswith("<") else cell(text) for text in cells)
    return f"<w:tr>{marks}{inner}</w:tr>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def lines(data: bytes) -> list[str]:
    return extract(data, "办法.docx").text.split("\n")


def marked(found: Extract) -> list[tuple[str, str]]:
    """What is left out, and why."""
    return [(found.text[piece.start : piece.end], piece.reason) for piece in found.left_out]


class TestText:
    def test_a_paragraph_is_a_line(self) -> None:
        """Paragraphs become lines in order; empty ones and white space at the ends are dropped."""
        body = para("关于印发《办法》的通知") + para() + para("　　各有关单位：")
        assert lines(word(body)) == ["关于印发《办法》的通知", "各有关单位："]

    def test_there_are_no_pages(self) -> None:
        """The page breaks that Word stored are nowhere taken for pages."""
        body = para('<w:r><w:lastRenderedPageBreak/><w:t>甲</w:t><w:br w:type="page"/></w:r>')
        found = extract(word(body + para("乙")), "a.docx")
        assert (found.text, found.pages) == ("甲\n乙", ())

    def test_breaks_tabs_and_signs(self) -> None:
        """A soft line break is a newline, a tab a space, a fixed hyphen a hyphen; full-width
        characters stay, and line breaks of the XML itself are spaces."""
        body = para(
            "<w:r><w:t>第一行</w:t><w:br/><w:t>第二行：</w:t><w:tab/><w:t>ＡＢＣ</w:t>"
            "<w:noBreakHyphen/><w:softHyphen/><w:t>１\n２</w:t></w:r>"
        )
        assert lines(word(body)) == ["第一行", "第二行： ＡＢＣ-１ ２"]

    def test_what_wraps_text_is_opened(self) -> None:
        """Content controls, links, smart tags, custom XML and insertions hold text like any."""
        inner = (
            f"<w:hyperlink>{run('甲')}</w:hyperlink><w:smartTag>{run('乙')}</w:smartTag>"
            f"<w:sdt><w:sdtPr><w:alias w:val='x'/></w:sdtPr><w:sdtContent>{run('丙')}"
            f"</w:sdtContent></w:sdt><w:customXml>{run('丁')}</w:customXml>"
        )
        body = f"<w:sdt><w:sdtContent>{para(inner)}</w:sdtContent></w:sdt>"
        body += f"<w:customXml>{para('戊')}</w:customXml>"
        assert lines(word(body)) == ["甲乙丙丁", "戊"]

    def test_tracked_changes_are_read_as_accepted(self) -> None:
        """What was inserted is text, what was deleted or moved away is not."""
        body = para(
            f"{run('补助')}<w:del><w:r><w:delText>十</w:delText></w:r></w:del>"
            f"<w:ins>{run('二十')}</w:ins><w:moveFrom>{run('旧')}</w:moveFrom>"
            f"<w:moveTo>{run('万元')}</w:moveTo>"
        )
        assert lines(word(body)) == ["补助二十万元"]

    def test_a_deleted_paragraph_mark_joins_two_paragraphs(self) -> None:
        """A paragraph whose mark was deleted runs on into the next and loses its number."""
        deleted = "<w:rPr><w:del/></w:rPr>"
        body = para("甲", 1) + para("乙", 1, properties=deleted) + para("丙", 1)
        numbering = abstract(1, level(0, "%1、")) + num(1, 1)
        assert lines(word(body, numbering=numbering)) == ["1、甲", "2、乙丙"]

    def test_hidden_text_is_no_text(self) -> None:
        """Text hidden by its own mark, its character style or its paragraph style is left out; a
        run may be shown in spite of its style."""
        styles = style("s", "<w:rPr><w:vanish/></w:rPr>", kind="character")
        styles += style("z", "<w:rPr><w:vanish/></w:rPr>")
        body = para(
            run("甲")
            + run("乙", "<w:vanish/>")
            + run("丙", '<w:rStyle w:val="s"/>')
            + run("丁", '<w:rStyle w:val="s"/><w:vanish w:val="0"/>')
            + run("戊", "<w:webHidden/>")
        )
        body += para("窗体顶端", properties=styled("z")) + para("己")
        assert lines(word(body, styles=styles)) == ["甲丁戊", "己"]

    def test_a_hidden_paragraph_is_not_counted(self) -> None:
        """A paragraph that is hidden with its mark takes no number."""
        numbering = abstract(1, level(0, "%1、")) + num(1, 1)
        hidden = para(run("乙", "<w:vanish/>"), 1, properties="<w:rPr><w:vanish/></w:rPr>")
        body = para("甲", 1) + hidden + para("丙", 1)
        assert lines(word(body, numbering=numbering)) == ["1、甲", "2、丙"]

    def test_a_style_separator_joins_two_paragraphs(self) -> None:
        """A heading whose mark is hidden stands on one line with the text behind it."""
        numbering = abstract(1, level(0, "第%1条", "chineseCounting")) + num(1, 1)
        heading = para("目的。", 1, properties="<w:rPr><w:vanish/><w:specVanish/></w:rPr>")
        body = heading + para("为规范管理，制定本办法。")
        assert lines(word(body, numbering=numbering)) == ["第一条 目的。为规范管理，制定本办法。"]

    def test_symbols_become_characters(self) -> None:
        """Characters of the symbol fonts are mapped; one that has none prints nothing."""
        body = para(
            '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/><w:t>是</w:t>'
            '<w:sym w:font="Wingdings 2" w:char="F0A3"/><w:t>否</w:t>'
            '<w:sym w:font="Symbol" w:char="F0B3"/><w:t>3</w:t>'
            '<w:sym w:font="宋体" w:char="2460"/><w:sym w:font="Wingdings" w:char="F028"/></w:r>'
            + run("\uf081", '<w:rFonts w:ascii="Wingdings"/>')
        )
        assert lines(word(body)) == ["☑是□否≥3①①"]

    def test_raised_digits_stay_exponents(self) -> None:
        """Superscript digits become exponents, so that 10⁴ is not read as 104; other superscript
        text stays as it is."""
        raised = '<w:vertAlign w:val="superscript"/>'
        body = para(run("10") + run("4", raised) + run("平方米（m") + run("2", raised) + run("）"))
        body += para(run("注") + run("[1]", raised))
        assert lines(word(body)) == ["10⁴平方米（m²）", "注[1]"]

    def test_readings_over_characters_are_left_out(self) -> None:
        """Of a character with its reading above it, the character is text."""
        ruby = f"<w:ruby><w:rt>{run('lǐ')}</w:rt><w:rubyBase>{run('鲤')}</w:rubyBase></w:ruby>"
        assert lines(word(para(f"<w:r>{ruby}</w:r>" + run("城区")))) == ["鲤城区"]

    def test_formulas_keep_their_fractions(self) -> None:
        """Fractions, brackets and exponents of a formula are written out on the line."""

        def math(text: str) -> str:
            return f"<m:r><m:t>{text}</m:t></m:r>"

        fraction = f"<m:f><m:num>{math('a+b')}</m:num><m:den>{math('2')}</m:den></m:f>"
        bracket = f"<m:d><m:e>{math('1+r')}</m:e></m:d>"
        power = f"<m:sSup><m:e>{bracket}</m:e><m:sup>{math('2')}</m:sup></m:sSup>"
        body = para(f"{run('补助=')}<m:oMath>{fraction}{power}</m:oMath>")
        assert lines(word(body)) == ["补助=(a+b)/2(1+r)²"]


class TestFields:
    def field(self, code: str, result: str) -> str:
        return (
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
            f"<w:r><w:instrText>{code}</w:instrText></w:r>"
            f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{result}'
            '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
        )

    def test_a_fields_result_is_shown(self) -> None:
        """Of a field the result is text and the instruction is not, also of one within another."""
        nested = self.field(" IF ", self.field("REF a", run("第三条")))
        inner = (
            run("按") + nested + f'<w:fldSimple w:instr="DATE">{run("规定")}</w:fldSimple>'
        ) + run("执行")
        assert lines(word(para(inner))) == ["按第三条规定执行"]

    def test_text_within_an_instruction_is_not_shown(self) -> None:
        """The result of a field that only feeds another's instruction prints nothing."""
        inner = (
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
            + self.field("PAGE", run("7"))
            + '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
            + run("见上")
            + '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
        )
        assert lines(word(para(inner))) == ["见上"]

    def test_a_field_without_an_end_swallows_nothing(self) -> None:
        """Where the end of a field is missing, the paragraphs that follow are text."""
        body = para('<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + run("X")) + para("后文")
        assert lines(word(body)) == ["后文"]

    def test_an_enclosed_character_is_its_number(self) -> None:
        """A circled number that Word draws by a field is read out of the instruction."""
        inner = (
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
            r"<w:r><w:instrText> eq \o\ac(○,</w:instrText></w:r><w:r><w:instrText>3"
            "</w:instrText></w:r><w:r><w:instrText>)</w:instrText></w:r>"
            '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
        )
        assert lines(word(para(inner + run("第三项")))) == ["③第三项"]


class TestBoxes:
    BOX = "<w:txbxContent>{}</w:txbxContent>"

    def test_a_text_box_follows_its_paragraph(self) -> None:
        """A text box's paragraphs are lines behind the one that it hangs on, for new and for old
        drawings."""
        new = f"<w:drawing><wps:wsp><wps:txbx>{self.BOX.format(para('框一'))}</wps:txbx></wps:wsp></w:drawing>"
        old = f"<w:pict><v:shape><v:textbox>{self.BOX.format(para('框二'))}</v:textbox></v:shape></w:pict>"
        body = para(f"<w:r>{new}</w:r>{run('正文')}<w:r>{old}</w:r>") + para("后文")
        assert lines(word(body)) == ["正文", "框一", "框二", "后文"]

    def test_alternative_contents_are_read_once(self) -> None:
        """Where a drawing is stored for new and for old programs, its text stands there once, and
        its lists count once."""
        numbering = abstract(1, level(0, "%1、")) + num(1, 1)
        box = self.BOX.format(para("框", 1))
        both = (
            f'<mc:AlternateContent><mc:Choice Requires="wps"><wps:txbx>{box}</wps:txbx></mc:Choice>'
            f"<mc:Fallback><v:textbox>{box}</v:textbox></mc:Fallback></mc:AlternateContent>"
        )
        only = (
            f"<mc:AlternateContent><mc:Fallback>{self.BOX.format(para('旧', 1))}"
            "</mc:Fallback></mc:AlternateContent>"
        )
        body = para(f"<w:r>{both}</w:r>") + para(f"<w:r>{only}</w:r>")
        assert lines(word(body, numbering=numbering)) == ["1、框", "2、旧"]

    def test_word_art_and_emoji(self) -> None:
        """Text drawn along a path is a line; a character beyond Word's own plane is its sign."""
        art = (
            '<w:r><w:pict><v:shape><v:textpath string="甲市人民政府文件"/></v:shape></w:pict></w:r>'
        )
        sign = (
            '<w:r><mc:AlternateContent><mc:Choice Requires="w16se"><w16se:symEx w16se:char="1F4DE"/>'
            "</mc:Choice><mc:Fallback><w:t>📞</w:t></mc:Fallback></mc:AlternateContent></w:r>"
        )
        assert lines(word(para(art) + para(sign + run("12345")))) == [
            "甲市人民政府文件",
            "📞12345",
        ]


class TestNotes:
    def test_notes_follow_their_paragraph(self) -> None:
        """Foot- and endnotes become lines right behind the paragraph that refers to them, counted
        through; the reference prints nothing."""
        footnotes = f'<w:footnote w:id="2">{para("<w:r><w:footnoteRef/></w:r>" + run(" 指独立法人。"))}{para("不含分公司。")}</w:footnote>'
        endnotes = f'<w:endnote w:id="2">{para("以预算为限。")}</w:endnote>'
        body = para(run("企业") + '<w:r><w:footnoteReference w:id="2"/></w:r>' + run("可申报。"))
        body += para(run("总额") + '<w:r><w:endnoteReference w:id="2"/></w:r>' + run("不变。"))
        assert lines(word(body, footnotes=footnotes, endnotes=endnotes)) == [
            "企业可申报。",
            "〔注1〕指独立法人。 不含分公司。",
            "总额不变。",
            "〔注2〕以预算为限。",
        ]

    def test_two_notes_of_one_paragraph(self) -> None:
        """Two notes of a paragraph are two lines, and a mark of the writer's own prints nothing."""
        footnotes = "".join(
            f'<w:footnote w:id="{name}">{para(text)}</w:footnote>'
            for name, text in ((1, "甲注"), (2, "乙注"))
        )
        body = para(
            run("甲")
            + '<w:r><w:footnoteReference w:id="1"/></w:r>'
            + '<w:r><w:footnoteReference w:id="2" w:customMarkFollows="1"/><w:t>*</w:t></w:r>'
            + run("乙")
        )
        assert lines(word(body, footnotes=footnotes)) == ["甲乙", "〔注1〕甲注", "〔注2〕乙注"]

    def test_a_note_of_a_table_follows_the_table(self) -> None:
        """A note to which a cell refers stands behind the table, not inside a row."""
        footnotes = f'<w:footnote w:id="1">{para("含税。")}</w:footnote>'
        price = para(run("50万元") + '<w:r><w:footnoteReference w:id="1"/></w:r>')
        body = table(row("项目", "标准"), row("独立站", cell(price)), row("海外仓", "90万元"))
        assert lines(word(body + para("完"), footnotes=footnotes)) == [
            "项目：独立站；标准：50万元",
            "项目：海外仓；标准：90万元",
            "〔注1〕含税。",
            "完",
        ]

    def test_a_note_that_refers_to_itself(self) -> None:
        """A note is printed once, also where it refers to itself."""
        again = '<w:r><w:footnoteReference w:id="1"/></w:r>'
        footnotes = f'<w:footnote w:id="1">{para(run("注") + again)}</w:footnote>'
        body = para(run("甲") + again) + para(run("乙") + again)
        assert lines(word(body, footnotes=footnotes)) == ["甲", "〔注1〕注", "乙"]

    def test_comments_are_no_text(self) -> None:
        """A comment's text is nowhere in the extract."""
        body = para(run("甲") + '<w:r><w:commentReference w:id="0"/></w:r>')
        comments = f'<w:comment w:id="0">{para("请核实")}</w:comment>'
        assert lines(word(body, comments=comments)) == ["甲"]


class TestLeftOut:
    def test_a_table_of_contents(self) -> None:
        """A table of contents is marked, with its heading; text typed in behind it is not."""
        styles = style("11", "", "toc 1") + style("a", "", "Normal", more='w:default="1"')
        control = (
            '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/>'
            f"</w:docPartObj></w:sdtPr><w:sdtContent>{para('目  录')}"
            f"{para('第一章 总则', properties=styled('11'))}{para('为规范管理，制定本办法。')}"
            "</w:sdtContent></w:sdt>"
        )
        found = extract(word(para("办法") + control + para("第一章 总则"), styles=styles), "a.docx")
        assert found.text == "办法\n目  录\n第一章 总则\n为规范管理，制定本办法。\n第一章 总则"
        assert marked(found) == [("目  录\n第一章 总则", "contents")]

    def test_lines_of_a_toc_style(self) -> None:
        """Paragraphs of the styles TOC 1 … 9 are contents wherever they stand."""
        styles = style("t", "", "TOC 2") + style("x", "", "Tocqueville")
        body = para("一、总则\t1", properties=styled("t")) + para("正文", properties=styled("x"))
        found = extract(word(body, styles=styles), "a.docx")
        assert marked(found) == [("一、总则 1", "contents")]

    def test_lines_of_a_toc_field(self) -> None:
        """Lines within a TOC field, or that link to a heading, are contents if they end in a page
        number; a sentence that links is text."""
        begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>TOC \\o</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
        body = para(begin + run("第一章 总则 1")) + para("第二章 扶持 3") + para(end + run("办法"))
        body += para(f'<w:hyperlink w:anchor="_Toc1">{run("附件 12")}</w:hyperlink>')
        body += para(f'<w:hyperlink w:anchor="_Toc1">{run("见第一章")}</w:hyperlink>')
        body += para("共12")
        found = extract(word(body), "a.docx")
        assert marked(found) == [
            ("第一章 总则 1\n第二章 扶持 3", "contents"),
            ("附件 12", "contents"),
        ]

    def test_headers_and_footers(self) -> None:
        """Each header and footer stands at the end once, marked as part of the page; one to which
        no section refers is not printed."""
        references = "".join(
            f'<w:headerReference r:id="{name}"/>' for name in ("header1", "header2")
        )
        body = (
            para("正文") + f'<w:sectPr>{references}<w:footerReference r:id="footer1"/></w:sectPr>'
        )
        page = run("第") + f'<w:fldSimple w:instr="PAGE">{run("1")}</w:fldSimple>' + run("页")
        found = extract(
            word(
                body,
                header1=para("甲市文件"),
                header2=para("甲市文件"),
                header3=para("旧页眉"),
                footer1=para(page),
            ),
            "a.docx",
        )
        assert found.text == "正文\n甲市文件\n第1页"
        assert marked(found) == [("甲市文件\n第1页", "page")]


class TestTables:
    def test_rows_with_the_head_that_is_marked(self) -> None:
        """A row is a line, each cell with its column's head, as many rows of head as are marked."""
        body = table(
            row("类别", cell("标准", '<w:gridSpan w:val="2"/>'), head=True),
            row("", "企业", "个人", head=True),
            row("独立站", "50", "20"),
        )
        assert lines(word(body)) == ["类别：独立站；标准 企业：50；标准 个人：20"]

    def test_a_cell_of_the_head_reaches_down(self) -> None:
        """A row into which a cell of the marked head reaches down is part of the head."""
        down, goes_on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
        body = table(
            row(cell("类别", down), cell("标准", '<w:gridSpan w:val="2"/>'), head=True),
            row(cell("", goes_on), "企业", "个人"),
            row("独立站", "50", "20"),
        )
        assert lines(word(body)) == ["类别：独立站；标准 企业：50；标准 个人：20"]

    def test_an_empty_row_of_the_head(self) -> None:
        """A marked row without text takes no row of the body into the head."""
        body = table(
            row("", "", head=True),
            row("项目", "标准", head=True),
            row("独立站", "50万元"),
            row("海外仓", "90万元"),
        )
        assert lines(word(body)) == ["项目：独立站；标准：50万元", "项目：海外仓；标准：90万元"]

    def test_merged_cells(self) -> None:
        """A cell that reaches down stands in each of its rows, one that reaches over only once."""
        body = table(
            row("类别", "项目", "标准"),
            row(cell("平台", '<w:vMerge w:val="restart"/>'), "独立站", "50万元"),
            row(cell("", "<w:vMerge/>"), cell(para("第三方") + para("平台")), "30万元"),
            row(cell("海外仓", '<w:gridSpan w:val="2"/>'), "100万元"),
        )
        assert lines(word(body)) == [
            "类别：平台；项目：独立站；标准：50万元",
            "类别：平台；项目：第三方 平台；标准：30万元",
            "类别：海外仓；标准：100万元",
        ]

    def test_a_row_that_begins_late(self) -> None:
        """Columns that a row leaves out at its start keep the others in their places."""
        late = f'<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>{cell("丙")}</w:tr>'
        body = table(row("类别", "标准", head=True), row("甲", "乙"), late)
        assert lines(word(body)) == ["类别：甲；标准：乙", "标准：丙"]

    def test_numbers_in_cells(self) -> None:
        """A column of automatic numbers is read, also where the paragraphs hold nothing else."""
        numbering = abstract(1, level(0, "%1")) + num(1, 1)
        body = table(
            row("序号", "项目", head=True),
            row(cell(para("", 1)), "独立站"),
            row(cell(para("", 1)), "海外仓"),
        )
        assert lines(word(body, numbering=numbering)) == [
            "序号：1；项目：独立站",
            "序号：2；项目：海外仓",
        ]

    def test_a_table_of_one_column_places_text(self) -> None:
        """The paragraphs of a table with one column are lines like any, numbers included."""
        numbering = abstract(1, level(0, "%1、")) + num(1, 1)
        body = table(row(cell(para("甲", 1) + para("乙", 1))), row("丙"))
        assert lines(word(body, numbering=numbering)) == ["1、甲", "2、乙", "丙"]

    def test_a_frame_of_two_cells_places_text(self) -> None:
        """A row of two cells with many paragraphs is a frame around them; one of a few words is a
        table."""
        frame = table(row("条文", cell(para("一、") + para("二、") + para("三、"))))
        assert lines(word(frame)) == ["条文", "一、", "二、", "三、"]
        assert lines(word(table(row("联系人", "张三")))) == ["联系人 张三"]

    def test_a_cell_as_long_as_a_text_places_text(self) -> None:
        """A table with a cell of more than 1,500 characters is no table of facts."""
        long = "一、" + "支持企业。" * 400
        body = table(row("条文", cell(para(long) + para("二、"))), row("说明", "无"))
        assert lines(word(body)) == ["条文", long, "二、", "说明", "无"]

    def test_title_and_remarks_of_a_table(self) -> None:
        """Rows of one cell above and below the others are lines of their own."""
        wide = '<w:gridSpan w:val="2"/>'
        body = table(
            row(cell("附表 扶持标准", wide), head=True),
            row("项目", "标准", head=True),
            row("独立站", "50万元"),
            row(cell(para("注：1.含税。") + para("2.按年兑现。"), wide)),
        )
        assert lines(word(body)) == [
            "附表 扶持标准",
            "项目：独立站；标准：50万元",
            "注：1.含税。",
            "2.按年兑现。",
        ]

    def test_a_table_in_a_cell(self) -> None:
        """The lines of a table within a cell are part of the cell's text."""
        inner = table(row("甲", "1"), row("乙", "2"))
        body = table(row("项目", "细则"), row("独立站", cell(para("如下") + inner + para())))
        assert lines(word(body)) == ["项目：独立站；细则：如下 甲 1 乙 2"]

    def test_wrapped_and_deleted_rows(self) -> None:
        """Rows and cells within content controls are read; deleted and hidden ones are not."""
        gone = f"<w:tr><w:trPr><w:del/></w:trPr>{cell('旧')}{cell('1')}</w:tr>"
        hidden = f"<w:tr><w:trPr><w:hidden/></w:trPr>{cell('藏')}{cell('2')}</w:tr>"
        wrapped = f"<w:sdt><w:sdtContent>{row('独立站', '50')}</w:sdtContent></w:sdt>"
        inner = f"<w:sdt><w:sdtContent>{cell('海外仓')}</w:sdtContent></w:sdt>"
        removed = cell("删", "<w:cellDel/>")
        body = table(
            row("项目", "标准", head=True),
            gone,
            hidden,
            wrapped,
            f"<w:tr>{inner}{removed}{cell('9')}</w:tr>",
        )
        assert lines(word(body)) == ["项目：独立站；标准：50", "项目：海外仓；标准：9"]


class TestNumbers:
    def test_levels_count_and_restart(self) -> None:
        """Levels below start anew when a higher one advances; patterns may show higher levels."""
        numbering = (
            abstract(
                1,
                level(0, "第%1章", "chineseCounting"),
                level(1, "第%2条", "chineseCountingThousand", more='<w:lvlRestart w:val="0"/>'),
                level(2, "（%3）", "chineseCounting"),
                level(3, "%1.%3.%4", more="<w:isLgl/>"),
            )
            + num(1, 1)
        )  # fmt: skip
        body = (
            para("总则", 1) + para("甲", 1, 1) + para("乙", 1, 2) + para("丙", 1, 2)
            + para("丁", 1, 3) + para("戊", 1, 1) + para("己", 1, 2)
            + para("扶持", 1) + para("庚", 1, 1) + para("辛", 1, 2)
        )  # fmt: skip
        assert lines(word(body, numbering=numbering)) == [
            "第一章 总则", "第一条 甲", "（一）乙", "（二）丙", "1.2.1 丁", "第二条 戊", "（一）己",
            "第二章 扶持", "第三条 庚", "（一）辛",
        ]  # fmt: skip

    def test_a_level_restarts_after_the_one_it_names(self) -> None:
        """A level that restarts after level 1 runs on through level 2."""
        numbering = abstract(
            1,
            level(0, "%1、"),
            level(1, "（%2）"),
            level(2, "%3）", more='<w:lvlRestart w:val="1"/>'),
        ) + num(1, 1)
        body = "".join(para("x", 1, at) for at in (0, 1, 2, 1, 2, 0, 2))
        assert [line[:-1] for line in lines(word(body, numbering=numbering))] == [
            "1、", "（1）", "1）", "（2）", "2）", "2、", "1）",
        ]  # fmt: skip

    def test_lists_share_the_counters_of_their_abstract_list(self) -> None:
        """Two lists of one abstract list count on; an override starts anew, once; a level of a
        list's own only looks different."""
        over = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
        own = f'<w:lvlOverride w:ilvl="0">{level(0, "%1、", "upperLetter")}</w:lvlOverride>'
        numbering = abstract(1, level(0, "%1、")) + num(1, 1) + num(2, 1) + num(3, 1, over)
        numbering += num(4, 1, own)
        body = "".join(para("x", name) for name in (1, 2, 3, 3, 1, 3, 4))
        assert [line[:-1] for line in lines(word(body, numbering=numbering))] == [
            "1、", "2、", "5、", "6、", "7、", "8、", "I、",
        ]  # fmt: skip

    def test_a_level_that_was_passed_over_counts_as_begun(self) -> None:
        """A paragraph on the second level without one on the first shows the first as begun."""
        numbering = abstract(1, level(0, "%1"), level(1, "%1.%2")) + num(1, 1)
        body = para("甲", 1, 1) + para("乙", 1, 0) + para("丙", 1, 1)
        assert lines(word(body, numbering=numbering)) == ["1.1 甲", "2 乙", "2.1 丙"]

    def test_numbers_of_a_style(self) -> None:
        """A style, or one that it is based on, gives its paragraphs their list; the list says on
        which level the style stands; number 0 takes the list away."""
        listed = '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
        styles = (
            style("h1", listed)
            + style("h2", listed)
            + style("b", '<w:basedOn w:val="h2"/>')
            + style(
                "n", '<w:basedOn w:val="h1"/><w:pPr><w:numPr><w:numId w:val="0"/></w:numPr></w:pPr>'
            )
        )
        numbering = (
            abstract(
                1,
                level(0, "第%1章", "chineseCounting", more=styled("h1")),
                level(1, "第%2节", "chineseCounting", more=styled("h2")),
            )
            + num(1, 1)
        )  # fmt: skip
        body = "".join(para(name, properties=styled(name)) for name in ("h1", "h2", "b", "n"))
        body += para("无", 0, properties=styled("h1")) + para(
            "深", properties=styled("h1") + '<w:numPr><w:ilvl w:val="1"/></w:numPr>'
        )
        assert lines(word(body, styles=styles, numbering=numbering)) == [
            "第一章 h1", "第一节 h2", "第二节 b", "n", "无", "第三节 深",
        ]  # fmt: skip

    def test_a_default_style_may_be_numbered(self) -> None:
        """Paragraphs that name no style, or one that is not there, have the default style."""
        listed = '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
        styles = style("a", listed, more='w:default="1"')
        numbering = abstract(1, level(0, "%1、")) + num(1, 1)
        body = para("甲") + para("乙", properties=styled("没有"))
        assert lines(word(body, styles=styles, numbering=numbering)) == ["1、甲", "2、乙"]

    def test_a_list_style(self) -> None:
        """A list that names a style of lists takes its levels from the list of that style."""
        styles = style(
            "L", '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>', kind="numbering"
        )
        linked = '<w:abstractNum w:abstractNumId="2"><w:numStyleLink w:val="L"/></w:abstractNum>'
        numbering = abstract(1, '<w:styleLink w:val="L"/>', level(0, "（%1）", "chineseCounting"))
        numbering += linked + num(1, 1) + num(2, 2)
        body = para("甲", 2) + para("乙", 2)
        assert lines(word(body, styles=styles, numbering=numbering)) == ["（一）甲", "（二）乙"]

    @pytest.mark.parametrize(
        ("pattern", "suffix", "text", "line"),
        [
            ("第%1条", "tab", "目的", "第1条 目的"),
            ("第%1条", "space", "目的", "第1条 目的"),
            ("第%1条", "nothing", "目的", "第1条目的"),
            ("第%1条　", "nothing", "目的", "第1条 目的"),
            ("%1、", "tab", "　　目的", "1、目的"),
            ("（%1）", "space", "目的", "（1）目的"),
            ("%1)", "tab", "目的", "1)目的"),
            ("%1．", "tab", "目的", "1．目的"),
            ("%1.", "tab", "目的", "1.目的"),
            ("%1.", "tab", "5个项目", "1. 5个项目"),
            ("%1.", "nothing", "5个项目", "1. 5个项目"),
            ("%1", "nothing", "5个项目", "1 5个项目"),
            ("附件%1", "tab", "", "附件1"),
            ("", "tab", "目的", "目的"),
            ("%2.%1", "tab", "目的", "目的"),
        ],
    )
    def test_what_stands_between_number_and_text(
        self, pattern: str, suffix: str, text: str, line: str
    ) -> None:
        """A tab or space is one space, but nothing behind 、 and brackets; digits never run
        together; a pattern that asks for a level below its own prints nothing."""
        one = level(0, pattern, more=f'<w:suff w:val="{suffix}"/>')
        numbering = abstract(1, one, level(1, "%2")) + num(1, 1)
        assert lines(word(para(text, 1), numbering=numbering)) == [line]

    def test_bullets_are_no_numbers(self) -> None:
        """A bullet prints nothing, and restarts the levels below it."""
        numbering = abstract(1, level(0, "\uf0b7", "bullet"), level(1, "%2、")) + num(1, 1)
        body = para("甲", 1) + para("乙", 1, 1) + para("丙", 1) + para("丁", 1, 1)
        assert lines(word(body, numbering=numbering)) == ["甲", "1、乙", "丙", "1、丁"]

    def test_an_empty_paragraph_that_ends_a_section_has_no_number(self) -> None:
        """A paragraph that only ends a section is not counted, one that is only empty is."""
        numbering = abstract(1, level(0, "%1、")) + num(1, 1)
        body = para("甲", 1) + para("", 1, properties="<w:sectPr/>") + para("", 1) + para("乙", 1)
        assert lines(word(body, numbering=numbering)) == ["1、甲", "2、", "3、乙"]

    def test_a_form_of_the_writers_own(self) -> None:
        """A format with leading zeros that only newer programs know is read."""
        custom = (
            '<w:lvl w:ilvl="0"><w:start w:val="9"/><mc:AlternateContent><mc:Choice Requires="w14">'
            '<w:numFmt w:val="custom" w:format="001, 002, 003, ..."/></mc:Choice><mc:Fallback>'
            '<w:numFmt w:val="decimal"/></mc:Fallback></mc:AlternateContent>'
            '<w:lvlText w:val="%1号"/></w:lvl>'
        )
        numbering = abstract(1, custom) + num(1, 1)
        assert lines(word(para("甲", 1) + para("乙", 1), numbering=numbering)) == [
            "009号 甲",
            "010号 乙",
        ]

    @pytest.mark.parametrize(
        ("form", "values", "printed"),
        [
            ("decimal", (1, 10), "1 10"),
            ("decimalZero", (1, 10), "01 10"),
            ("decimalFullWidth", (1, 10), "１ １０"),
            ("decimalEnclosedCircle", (1, 20, 21), "① ⑳ 21"),
            ("decimalEnclosedCircleChinese", (1, 10, 11), "① ⑩ 11"),
            ("decimalEnclosedParen", (1, 20), "⑴ ⒇"),
            ("decimalEnclosedFullstop", (1, 20), "⒈ ⒛"),
            ("ideographEnclosedCircle", (1, 10), "㈠ ㈩"),
            ("upperRoman", (4, 9, 14, 1994, 0), "IV IX XIV MCMXCIV 0"),
            ("lowerRoman", (3, 40), "iii xl"),
            ("upperLetter", (1, 26, 27, 53), "A Z AA AAA"),
            ("lowerLetter", (2, 28), "b bb"),
            ("chineseCounting", (1, 10, 13, 20, 99, 100, 113), "一 十 十三 二十 九十九 一○○ 一一三"),
            ("taiwaneseCounting", (11, 110), "十一 一一○"),
            ("chineseCountingThousand", (10, 13, 100, 101, 110, 1001), "十 十三 一百 一百零一 一百一十 一千零一"),
            ("taiwaneseCountingThousand", (21, 203), "二十一 二百零三"),
            ("japaneseCounting", (1, 10, 21), "一 十 二十一"),
            ("chineseLegalSimplified", (1, 10, 12, 23), "壹 壹拾 壹拾贰 贰拾叁"),
            ("ideographLegalTraditional", (2, 13), "貳 壹拾參"),
            ("ideographDigital", (1, 10, 23), "一 一〇 二三"),
            ("ideographTraditional", (1, 10, 11), "甲 癸 11"),
            ("ideographZodiac", (1, 12), "子 亥"),
            ("numberInDash", (1,), "- 1 -"),
            ("none", (1,), ""),
            ("hebrew1", (3,), "3"),
        ],
    )  # fmt: skip
    def test_formats(self, form: str, values: tuple[int, ...], printed: str) -> None:
        """Each number format prints its values as Word does; unknown ones print digits."""
        assert " ".join(numeral(value, form) for value in values) == printed

    @given(st.integers(0, 10**9), st.text(max_size=30))
    @settings(max_examples=30)
    def test_any_value_in_any_format(self, value: int, form: str) -> None:
        """No value and no format's name make a number fail or grow without bound."""
        for name in (
            form,
            "chineseCountingThousand",
            "upperLetter",
            "lowerRoman",
            "chineseCounting",
        ):
            assert len(numeral(value, name)) < 40


class TestProducers:
    """LibreOffice made the files of ``tests/data/docx`` out of those of the same name, with
    ``soffice --headless --convert-to docx``."""

    def test_python_docx(self) -> None:
        """A file that python-docx wrote: lists, a table and a header."""
        document = docx.Document()
        document.add_heading("扶持办法", 0)
        document.add_paragraph("申报", style="List Number")
        document.add_paragraph("兑现", style="List Number")
        document.add_paragraph("自愿", style="List Bullet")
        made = document.add_table(2, 2)
        for at, text in enumerate(("项目", "标准", "独立站", "50万元")):
            made.cell(at // 2, at % 2).text = text
        document.sections[0].header.paragraphs[0].text = "甲市文件"
        buffer = io.BytesIO()
        document.save(buffer)
        found = extract(buffer.getvalue(), "a.docx")
        assert found.text == "扶持办法\n1.申报\n2.兑现\n自愿\n项目：独立站；标准：50万元\n甲市文件"
        assert marked(found) == [("甲市文件", "page")]

    def test_libreoffice(self) -> None:
        """A file that LibreOffice wrote: numbered levels, notes, a text box, tracked changes,
        hidden text, merged cells, contents, header and footer."""
        found = extract((DATA / "policy.docx").read_bytes(), "policy.docx")
        assert found.text.split("\n") == [
            "甲市跨境电商扶持办法",
            "目录",
            "第一章 总则 1",
            "第二章 扶持 2",
            "第一章 总则",
            "（一）本办法所称企业，是指独立法人。",
            "〔注1〕指在本市注册的企业。",
            "（二）补助二十万元。",
            "一.二.1 首次申报；",
            "一.二.2 再次申报。",
            "第二章 扶持",
            "（一）标准如下：",
            "〔注2〕以当年预算为限。",
            "类别：平台；项目：独立站；标准：50万元",
            "类别：平台；项目：第三方 平台；标准：30万元",
            "类别：海外仓；标准：100万元",
            "联系方式见下框。",
            "联系电话：0571-12345678",
            "网址：example.org",
            "第一行",
            "第二行 末",
            "甲市人民政府文件",
            "第1页",
        ]
        assert marked(found) == [
            ("目录\n第一章 总则 1\n第二章 扶持 2", "contents"),
            ("甲市人民政府文件\n第1页", "page"),
        ]

    def test_a_web_page_that_libreoffice_saved(self) -> None:
        """Nested lists, a list that begins at 5, and tables of a web page saved as .docx."""
        assert lines((DATA / "guide.docx").read_bytes()) == [
            "申报指南",
            "I.申报条件",
            "a.在本市注册；",
            "b.无失信记录。",
            "II.申报材料",
            "a.申请表",
            "b.营业执照",
            "5.第五步",
            "6.第六步",
            "自愿申报",
            "事项：受理；材料：申请表；时限：3日",
            "事项：受理；材料：营业执照；时限：5日",
            "事项：公示；时限：7日",
            "本指南自印发之日起施行。",
            "解释权归市商务局。",
            "电话：12345",
        ]

    def test_strict_open_xml(self) -> None:
        """A file saved as Strict Open XML, with other namespaces, reads the same."""
        numbering = abstract(1, level(0, "%1、")) + num(1, 1)
        parts = parts_of(para("甲", 1), numbering=numbering)
        old, new = "http://schemas.openxmlformats.org/", "http://purl.oclc.org/ooxml/"
        strict = {
            name: str(content)
            .replace(f"{old}wordprocessingml/2006/main", f"{new}wordprocessingml/main")
            .replace(f"{old}officeDocument/2006/", f"{new}officeDocument/")
            for name, content in parts.items()
        }
        assert lines(zipped({**strict})) == ["1、甲"]

    def test_other_names_of_the_parts(self) -> None:
        """The parts are found by their relations, whatever their case and separators."""
        parts = parts_of(para("甲"))
        parts["Word\\document2.xml"] = parts.pop("word/document.xml")
        parts["_rels/.rels"] = relations(("r1", "officeDocument", "/word/document2.xml"))
        assert lines(zipped(parts)) == ["甲"]


class TestErrors:
    def fails(self, data: bytes, kind: type[ReadingError], words: str) -> None:
        with pytest.raises(kind, match=words) as caught:
            extract(data, "办法.docx")
        assert caught.value.message.startswith("办法.docx: ")
        assert caught.value.remedy
        assert "\n" not in str(caught.value)

    def test_no_zip(self) -> None:
        """Bytes that are no zip are no Word file."""
        self.fails(b"<html></html>", DamagedFileError, "no Word file")

    def test_a_zip_without_a_text(self) -> None:
        """A zip of something else, or a workbook, is named as such."""
        self.fails(zipped({"a.txt": "x"}), DamagedFileError, "no Word text")
        book = {"_rels/.rels": relations(("r", "officeDocument", "xl/workbook.xml"))}
        self.fails(
            zipped({**book, "xl/workbook.xml": "<workbook/>"}), DamagedFileError, "no Word text"
        )

    def test_broken_xml(self) -> None:
        """A part that is no XML makes the file damaged."""
        parts = parts_of(para("甲"), numbering="")
        parts["word/numbering.xml"] = "<w:numbering>"
        self.fails(zipped(parts), DamagedFileError, "damaged")

    def test_a_bad_checksum(self) -> None:
        """A part whose bytes changed makes the file damaged."""
        data = zipped(parts_of(para("甲乙丙丁")), zipfile.ZIP_STORED)
        assert "甲乙".encode() in data
        self.fails(data.replace("甲乙".encode(), "乙甲".encode()), DamagedFileError, "CRC")

    def test_a_file_that_ends_early(self) -> None:
        """Half a file, as a broken download leaves it, is damaged."""
        data = word(para("甲" * 1000))
        self.fails(data[: len(data) // 2], DamagedFileError, "damaged")

    def test_a_protected_file(self) -> None:
        """A file with a password asks to be saved without one, however it is encrypted."""
        ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)
        name = "EncryptedPackage".encode("utf-16-le")
        self.fails(ole + name, ProtectedFileError, "without a password")
        data = bytearray(word(para("甲")))
        at = data.index(b"PK\x01\x02")
        data[at + 8] |= 1
        self.fails(bytes(data), ProtectedFileError, "without a password")

    def test_an_old_file(self) -> None:
        """A .doc that was renamed is told from a protected file."""
        ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)
        self.fails(ole, DamagedFileError, r"\.doc\).*save it as \.docx")

    def test_no_text(self) -> None:
        """A file of pictures, or with nothing but a header, has no text."""
        self.fails(word(para("<w:r><w:drawing/></w:r>")), EmptyFileError, "no text")
        body = '<w:sectPr><w:headerReference r:id="header1"/></w:sectPr>'
        self.fails(word(body, header1=para("页眉")), EmptyFileError, "OCR")

    def test_a_zip_bomb(self) -> None:
        """A file that says it unpacks to more than the limit is refused before it is unpacked."""
        parts = parts_of(para("甲"))
        parts["word/media/image1.bmp"] = bytes(201_000_000)
        self.fails(zipped(parts), TooLargeError, "limit is 200,000,000")

    def test_parts_that_hold_no_text_are_not_unpacked(self) -> None:
        """A picture that can't be unpacked does not matter."""
        parts = parts_of(para("甲"))
        parts["word/media/image1.png"] = b"picture" * 100
        data = zipped(parts, zipfile.ZIP_STORED)
        assert lines(data.replace(b"picture", b"erutcip")) == ["甲"]

    def test_a_text_too_large_to_be_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The parts with text have a limit of their own."""
        monkeypatch.setattr(docx_package, "_MAX_READ", 5_000)
        self.fails(word(para("甲" * 2_000)), TooLargeError, "limit is 5,000")

    def test_a_directory_that_lies(self) -> None:
        """A part is never unpacked beyond the size that the directory gives."""
        data = bytearray(word(para("甲" + " " * 5_000_000)))
        at = data.rindex(b"PK\x01\x02")  # the directory's last entry: the document
        assert b"document.xml" in data[at : at + 80]
        struct.pack_into("<I", data, at + 24, 1_000)
        self.fails(bytes(data), DamagedFileError, "CRC")

    def test_another_packing(self) -> None:
        """A packing that Word does not know is not tried: its memory is the file's to choose."""
        self.fails(zipped(parts_of(para("甲")), zipfile.ZIP_LZMA), DamagedFileError, "packed")

    @pytest.mark.parametrize(
        "entity",
        [
            '<!ENTITY a "甲甲甲甲甲甲甲甲"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">',
            '<!ENTITY c SYSTEM "file:///etc/hostname">',
            '<!ENTITY % d SYSTEM "http://127.0.0.1:9/x"> %d; <!ENTITY c "甲">',
        ],
    )
    def test_entities(self, entity: str) -> None:
        """A part that declares entities is refused: nothing is expanded, nothing fetched."""
        parts = parts_of(para("甲&c;"))
        parts["word/document.xml"] = f"<!DOCTYPE w [{entity}]>{parts['word/document.xml']!s}"
        self.fails(zipped(parts), DamagedFileError, "document type")

    def test_a_billion_laughs(self) -> None:
        """Entities that expand to gigabytes do not even where the parser expands them."""
        grow = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))
        parts = parts_of('<w:p w:x="&e11;"/>')
        parts["word/document.xml"] = (
            f'<!DOCTYPE w [<!ENTITY e0 "甲">{grow}]>{parts["word/document.xml"]!s}'
        )
        self.fails(zipped(parts), DamagedFileError, "damaged")

    @pytest.mark.parametrize("depth", [60, 1_000, 100_000])
    def test_deep_nesting(self, depth: int) -> None:
        """Tables within tables are read or refused, however deep they go."""
        body = "<w:tbl><w:tr><w:tc>" * depth + para("甲") + "</w:tc></w:tr></w:tbl>" * depth
        if depth < 100:
            assert lines(word(body)) == ["甲"]
        else:
            self.fails(word(body), DamagedFileError, "damaged")

    def test_circles(self) -> None:
        """Styles and lists that refer to themselves in a circle come to an end."""
        listed = '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
        styles = style("a", '<w:basedOn w:val="b"/>') + style("b", '<w:basedOn w:val="a"/>')
        styles += style("L", listed, kind="numbering")
        numbering = (
            '<w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="L"/></w:abstractNum>'
            + num(1, 1)
        )
        body = para("甲", properties=styled("a")) + para("乙", 1)
        assert lines(word(body, styles=styles, numbering=numbering)) == ["甲", "乙"]

    def test_numbers_that_are_none(self) -> None:
        """Values that are no numbers, or far too large, are as good as none."""
        numbering = (
            '<w:abstractNum w:abstractNumId="x"><w:lvl w:ilvl="零"/><w:lvl w:ilvl="0">'
            '<w:start w:val="99999999999999999999"/><w:lvlText w:val="%1、"/></w:lvl></w:abstractNum>'
            '<w:num w:numId="二"/><w:num w:numId="1"><w:abstractNumId w:val="x"/></w:num><w:num w:numId="7"/>'
        )
        wide = cell("乙", '<w:gridSpan w:val="999999999"/>')
        body = para("甲", 1) + para("乙", 9) + table(row(wide, "丙"), row("丁", "戊"))
        assert lines(word(body, numbering=numbering))[:2] == ["0、甲", "乙"]

    def test_a_large_file_takes_linear_time(self) -> None:
        """A table of 3,000 rows and 3,000 numbered paragraphs take seconds, not minutes."""
        numbering = abstract(1, level(0, "第%1条", "chineseCountingThousand")) + num(1, 1)
        body = table(*(row(f"{i}", "独立站", "50") for i in range(3_000)))
        body += "".join(para("对企业给予补助。" * 20, 1) for _ in range(3_000))
        began = time.process_time()
        assert lines(word(body, numbering=numbering))[-1].startswith("第三千条 对企业")
        assert time.process_time() - began < 10


POLICY = (DATA / "policy.docx").read_bytes()


def unzipped(data: bytes) -> dict[str, bytes]:
    """The parts of a zip that are XML."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = (name for name in archive.namelist() if name.endswith((".xml", ".rels")))
        return {name: archive.read(name) for name in names}


def attempt(data: bytes) -> None:
    """Reads bytes; they give a text or a :class:`ReadingError`, nothing else."""
    try:
        found = extract(data, "a.docx")
    except ReadingError:
        return
    assert found.text
    found.text.encode()
    assert all(0 <= piece.start < piece.end <= len(found.text) for piece in found.left_out)


class TestAnyBytes:
    @given(
        st.binary(max_size=300),
        st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]),
    )
    @settings(max_examples=30, deadline=None)
    def test_any_bytes(self, data: bytes, begin: bytes) -> None:
        """Any bytes give a text or a reading error."""
        attempt(begin + data)

    @given(st.data())
    @settings(max_examples=30, deadline=None)
    def test_any_damage_to_a_file(self, data: st.DataObject) -> None:
        """A file with bytes changed, cut out or doubled gives a text or a reading error."""
        changed = bytearray(POLICY)
        for _ in range(data.draw(st.integers(1, 5))):
            at = data.draw(st.integers(0, len(changed) - 1))
            new = data.draw(st.binary(max_size=4))
            changed[at : at + data.draw(st.integers(0, 8))] = new
        attempt(bytes(changed))

    @given(st.data())
    @settings(max_examples=30, deadline=None)
    def test_any_damage_to_the_xml(self, data: st.DataObject) -> None:
        """A part in which tags and values were swapped, with its checksum right, does too."""
        parts: dict[str, str | bytes] = {**unzipped(POLICY)}
        name = data.draw(st.sampled_from(sorted(parts)))
        text = unzipped(POLICY)[name].decode()
        words = [
            "w:p", "w:r", "w:t", "w:tbl", "w:tr", "w:tc", "w:numId", "w:ilvl", "w:val", "w:lvl",
            "w:fldChar", "begin", "end", "w:id", "w:txbxContent", "w:sdtContent", "w:gridSpan",
            "w:footnoteReference", "w:footnote", "w:style", "Target", "1", "2", "3", "99999",
        ]  # fmt: skip
        for _ in range(data.draw(st.integers(1, 4))):
            old, new = data.draw(st.sampled_from(words)), data.draw(st.sampled_from(words))
            text = text.replace(old, "\0").replace(new, old).replace("\0", new)
        parts[name] = text
        attempt(zipped(parts))
