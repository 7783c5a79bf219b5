"""Documents → clauses: the gold of three documents, and nasty cases, each named for what it shows."""

from __future__ import annotations

import json

import pytest

from assistant import read_document, split_clauses
from assistant.clauses import read_outline
from assistant.clauses.numbers import readings_at
from assistant.clauses.split import responsible_bodies
from tests.conftest import DOCUMENTS, GOLD, clauses_of, documents_of, spans_of


@pytest.mark.parametrize(
    "name", ["hangzhou-action-plan", "chengdu-three-year-plan", "jiaxing-implementation-plan"]
)
def test_clauses_agree_with_the_gold(name: str) -> None:
    """Boundaries, numbers and headings above are those that were cut by hand (F1 at least 0.98)."""
    documents = read_document(DOCUMENTS / f"{name}.txt")
    found = {}
    for clause in (c for document in documents for c in split_clauses(document)):
        start = clause.start
        if clause.number:
            printed = next(readings_at(clause.document.text, start, clause.end), None)
            assert printed is not None
            start = printed.end
        found[start, clause.end] = (clause.number, clause.path)
    lines = (GOLD / f"{name}.jsonl").read_text("utf-8").splitlines()
    entries = [entry for entry in map(json.loads, lines) if not entry.get("junk")]
    gold = {(e["start"], e["end"]): (e["number"], tuple(e["path"])) for e in entries}
    right = found.keys() & gold.keys()
    assert 2 * len(right) / (len(found) + len(gold)) >= 0.98
    assert all(found[span] == gold[span] for span in right)


def test_the_scanned_line_is_cut_at_its_damaged_numbers() -> None:
    """(-), L and & are mended where the series proves them; the text stays as printed."""
    (plan,) = read_document(DOCUMENTS / "cheng-zone-plan.txt")
    clauses = {clause.address.removeprefix(plan.name): clause for clause in split_clauses(plan)}
    assert clauses["一、（一）"].text.startswith("(-)指导思想。")
    assert clauses["三、（二）1."].text.startswith("L搭建自主品牌")
    assert clauses["三、（二）1."].number == "1"
    assert clauses["三、（五）8."].text.startswith("&强化服务保障体系")
    assert clauses["二、（一）2.（3）"].heading == "建设海外仓"
    assert [a for a in clauses if a.startswith("三、（五）")] == [
        f"三、（五）{n}." for n in range(1, 10)
    ]


def test_numbers_run_on_through_their_parents() -> None:
    """深圳: （一） to （二十三） across nine sections, each below its own heading."""
    (plan,) = read_document(DOCUMENTS / "shenzhen-action-plan.txt")
    numbered = [clause for clause in split_clauses(plan) if clause.number]
    assert [clause.number for clause in numbered][0::11] == ["（一）", "（十二）", "（二十三）"]
    assert len(numbered) == 23
    assert numbered[3].path == ("三、实施产业发展提质创新行动",)


def addresses(text: str) -> list[str]:
    return [clause.address.rpartition("》")[2] for clause in clauses_of(text)]


def test_an_amount_at_the_start_of_a_line_is_text() -> None:
    """1.5万元以下 and 12.31前 are no numbers of items."""
    text = "一、给予补贴。金额为\n1.5万元以下的，\n12.31前申报。\n二、其他。另行规定。\n"
    assert addresses(text) == ["一、", "二、"]


def test_a_wrapped_line_that_begins_with_a_reference_is_text() -> None:
    """A line beginning with 第三条 because the line above ended in 依照 is no article."""
    text = "第一条 本法适用于境内。\n第二条 有前款情形的，由主管部门依照\n第三条 规定的程序办理，另行公布办法。\n第三条 程序如下。\n"
    clauses = clauses_of(text)
    assert [clause.number for clause in clauses] == ["第一条", "第二条", "第三条"]
    assert clauses[2].text == "第三条 程序如下。"


def test_an_article_is_one_clause_with_all_its_items() -> None:
    """款 and 项 stay in their article, however many there are."""
    items = "\n".join(f"（{n}）第{i}项要求；" for i, n in enumerate("一二三四五六七八九", 1))
    text = f"第一条 应当符合下列条件：\n{items}\n前款规定不适用于个人。\n第二条 本办法自2024年1月1日起施行。\n"
    clauses = clauses_of(text)
    assert [clause.number for clause in clauses] == ["第一条", "第二条"]
    assert clauses[0].text.endswith("不适用于个人。")


def test_large_article_numbers_do_not_merge() -> None:
    """第一千条, 第一千零一条 and 第一千零二条 are three clauses, cited by their numbers alone."""
    text = "".join(
        f"第{n}条 这是规定的内容。\n" for n in ("九百九十九", "一千", "一千零一", "一千零二")
    )
    assert addresses(text)[1:] == ["第一千条", "第一千零一条", "第一千零二条"]


def test_inserted_articles_follow_their_own() -> None:
    """第十二条之一 comes behind 第十二条 and before 第十三条."""
    text = "第一条 甲。\n第二条 乙。\n第二条之一 丙。\n第二条之二 丁。\n第三条 戊。\n"
    assert addresses(text) == ["第一条", "第二条", "第二条之一", "第二条之二", "第三条"]


def test_chapters_stand_above_their_articles() -> None:
    """Chapters and sections are the path, and do not end up in the article above them."""
    text = "# 某市条例\n\n## 第一章 总则\n\n第一条 甲乙丙。\n\n## 第二章 管理\n\n第二条 丁戊己。\n"
    clauses = clauses_of(text)
    assert [clause.path for clause in clauses] == [("第一章 总则",), ("第二章 管理",)]
    assert [clause.text for clause in clauses] == ["第一条 甲乙丙。", "第二条 丁戊己。"]


def test_a_table_of_contents_gives_no_clauses() -> None:
    """The chapters listed before the text are headings; those of the text hold the articles."""
    text = "某某市管理条例\n第一章 总则\n第二章 管理\n第一章 总则\n第一条 甲乙丙。\n第二章 管理\n第二条 丁戊己。\n"
    assert addresses(text) == ["第一条", "第二条"]


def test_a_level_may_start_over_inside_itself() -> None:
    """成都: 一、 inside 三、, and 四、 goes on outside."""
    text = "一、要求\n总的要求是这样。\n二、任务\n一、第一项\n做好工作。\n二、第二项\n做好落实。\n三、第三项\n做好总结。\n三、保障\n加强领导。\n"
    assert addresses(text) == ["一、", "二、一、", "二、二、", "二、三、", "三、"]


def test_a_number_printed_twice_is_two_items() -> None:
    """嘉兴: 四、 twice, both headings of items of their own."""
    text = "三、甲项\n1.一。这样。\n四、乙项\n2.二。那样。\n3.三。如此。\n四、其他事项\n按规定执行。\n另行公布。\n"
    assert addresses("一、子\n做。\n二、丑\n做。\n" + text)[-3:] == [
        "四、3.",
        "四、第1段",
        "四、第2段",
    ]


def test_a_missing_number_does_not_end_the_series() -> None:
    """杭州: （十六） is missing, （十七） is a clause all the same."""
    text = "（一）甲。做好。\n（二）乙。做好。\n（四）丁。做好。\n"
    assert addresses(text) == ["（一）", "（二）", "（四）"]


def test_a_lower_rank_may_hold_a_higher_one() -> None:
    """（一） below 1., where the 1. series goes on behind it."""
    text = "1.申报条件。企业应当满足下列条件：\n（一）注册满一年。\n（二）信用良好。\n2.申报材料。提交申请表。\n"
    assert addresses(text) == ["1.", "1.（一）", "1.（二）", "2."]


def test_damaged_numbers_are_mended_only_where_the_series_proves_them() -> None:
    """第l2条 between 第11条 and 第13条 is 第十二条; an L that leads nowhere is a letter."""
    text = (
        "".join(f"第{n}条 内容在此。\n" for n in range(1, 12))
        + "第l2条 内容在此。\n第13条 内容在此。\n"
    )
    assert addresses(text)[-2:] == ["第十二条", "第十三条"]
    assert addresses("一、甲。LED产业。\nLED照明企业给予支持。\n二、乙。给予奖励。\n") == [
        "一、",
        "二、",
    ]


def test_unnumbered_paragraphs_below_a_heading_are_clauses() -> None:
    """A heading with several paragraphs gives a clause for each; with one they are one clause."""
    text = "一、目标\n到2025年达到一百。\n到2026年达到二百。\n二、措施\n给予支持。\n"
    assert addresses(text) == ["一、第1段", "一、第2段", "二、"]


def test_identical_clauses_have_ids_of_their_own() -> None:
    """Two clauses with the same words in one document are two clauses."""
    text = "一、甲\n同样的话。\n同样的话。\n二、乙\n同样的话。\n"
    idents = [clause.id for clause in clauses_of(text)]
    assert len(set(idents)) == len(idents) == 3


def test_ids_do_not_depend_on_what_else_is_in_the_document() -> None:
    """A clause keeps its id when another one is added or changed."""
    before = clauses_of("第一条 甲乙丙丁。\n第二条 戊己庚辛。\n")
    after = clauses_of("第一条 甲乙改了。\n第二条 戊己庚辛。\n第三条 壬癸。\n")
    assert [c.id for c in before] == [c.id for c in after][:2]


def test_what_closes_the_document_is_no_part_of_its_last_item() -> None:
    """本办法自…起施行 behind the last item is a clause of the document."""
    text = "（一）甲。做好工作。\n（二）乙。抓好落实。\n本办法自2024年1月1日起施行。\n"
    assert addresses(text) == ["（一）", "（二）", "第1段"]


@pytest.mark.parametrize(
    ("end", "bodies"),
    [
        ("[责任单位:市商务局、市经信局,各区、县(市)政府]", ("市商务局", "市经信局", "各区", "县(市)政府")),
        ("（责任单位：嘉兴海关）", ("嘉兴海关",)),
        ("(深圳市税务局,前海管理局,市商务局,深圳海关负责)", ("深圳市税务局", "前海管理局", "市商务局", "深圳海关")),
        ("(市商务局,各区〈含大鹏新区、深汕特别合作区,下同〉负责)", ("市商务局", "各区〈含大鹏新区、深汕特别合作区,下同〉")),
        ("给予支持（具体另定）。", ()),
    ],
)  # fmt: skip
def test_responsible_bodies_are_read_from_the_last_bracket(
    end: str, bodies: tuple[str, ...]
) -> None:
    """责任单位 as a list; commas inside a nested bracket part nothing."""
    assert responsible_bodies(f"壮大主体。给予支持。{end}") == bodies


def test_everything_is_accounted_for_in_the_documents() -> None:
    """Each character of the five texts is in a clause, in a heading, or left out with a reason."""
    for path in sorted(DOCUMENTS.glob("*.txt")):
        documents = read_document(path)
        text = documents[0].text
        seen = bytearray(len(text))
        from assistant.reading import read_file

        for piece in read_file(path).left_out:
            seen[piece.start : piece.end] = b"x" * (piece.end - piece.start)
        for outline in map(read_outline, documents):
            for part in spans_of(outline):
                seen[slice(*part)] = b"x" * (part[1] - part[0])
        missing = [text[i] for i in range(len(text)) if not seen[i] and not text[i].isspace()]
        assert missing == [], path.name


def test_a_document_with_no_numbers_is_its_paragraphs() -> None:
    """Text without any number gives a clause for each paragraph."""
    (document,) = documents_of("支持企业出海。给予奖励。\n\n加强服务保障，优化流程。\n")
    assert [c.number for c in split_clauses(document)] == ["", ""]


def test_a_list_without_punctuation_is_a_list_of_clauses() -> None:
    """（二）近三个月银行流水 among items like it is a clause, no heading."""
    text = (
        "桐乡市困难职工帮扶办法\n一、对象\n本市困难职工。\n二、申请材料\n（一）身份证和户口簿复印件\n"
        "（二）近三个月银行流水\n（三）医院诊断证明原件\n三、帮扶标准\n一类家庭每年6000元\n二类家庭每年3000元\n"
    )
    clauses = clauses_of(text)
    assert [c.number for c in clauses] == ["一", "（一）", "（二）", "（三）", "", ""]
    assert clauses[2].text == "（二）近三个月银行流水"
    assert clauses[2].path == ("二、申请材料",)


def test_bold_of_markdown_is_in_no_heading() -> None:
    """Headings and paths are without the marks around bold words; the text stays as printed."""
    clauses = clauses_of(
        "# 某县若干措施\n\n### **一、主体培育**\n\n1. **支持上规模。** 对首次突破1000万元的，奖励10万元。\n"
        "2. **支持品牌。** 每件补贴1000元。\n\n## **二、平台建设**\n\n（一）**新建平台的**，补助20%。\n"
        "（二）改建平台的，补助10%。\n"
    )
    assert [(c.number, c.heading, c.path) for c in clauses] == [
        ("1", "支持上规模", ("一、主体培育",)),
        ("2", "支持品牌", ("一、主体培育",)),
        ("（一）", "", ("二、平台建设",)),
        ("（二）", "", ("二、平台建设",)),
    ]
    assert clauses[0].text == "1. **支持上规模。** 对首次突破1000万元的，奖励10万元。"


def test_marks_of_markdown_before_a_number_are_accounted_for() -> None:
    """## before 一、 belongs to no clause and is reported as markup."""
    (document,) = documents_of("# 某市补助办法\n## 一、补助\n给予5万元。\n## 二、其他\n完。\n")
    outline = read_outline(document)
    marked = [document.text[p.start : p.end] for p in outline.left_out if p.reason == "markup"]
    assert marked == ["##", "##"]
    assert [c.text.startswith("#") for c in outline.clauses] == [False, False]


@pytest.mark.parametrize("line", ["#企业可以申请。给予补贴。", "## 企业可以申请。给予补贴。"])
def test_a_sentence_behind_a_mark_is_no_heading(line: str) -> None:
    """What Markdown would set as a heading is a clause if it is a sentence."""
    (clause,) = clauses_of(f"支持\n{line}\n")
    assert clause.text == line


@pytest.mark.parametrize("repeat", [1, 3])
@pytest.mark.parametrize("form", ["{}、", "（{}）", "第{}条 "])
def test_a_text_in_one_line_is_cut_by_its_series(form: str, repeat: int) -> None:
    """Without a single line break the numbers in a row prove where the clauses begin."""
    body = (
        "对符合条件的企业给予补助1.5万元,由市商务局会同市财政局按年度组织申报,不重复享受。" * repeat
    )
    numerals = "一二三四五六七八九十"
    text = "南湾市促进夜间经济发展若干措施 为促进发展,制定本措施。" + "".join(
        form.format(n) + body for n in numerals
    )
    clauses = [c for c in clauses_of(text) if c.number]
    assert [c.number.strip("（）第条") for c in clauses] == list(numerals)
    assert all(c.text.endswith("不重复享受。") for c in clauses)
    assert clauses[0].document.title == "南湾市促进夜间经济发展若干措施"
