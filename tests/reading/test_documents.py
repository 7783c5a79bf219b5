"""The documents in a file, and what they say of themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from assistant import read_document
from assistant.reading import read_file
from assistant.reading.metadata import Entry, issuer_in, read_aliases, read_repeals
from assistant.reading.places import main_place, places_in, same_place, short_name
from assistant.reading.titles import clean_title, is_title
from tests.conftest import DOCUMENTS, clauses_of, documents_of


def _values(read: Callable[[str, int, int], Iterator[Entry]], text: str) -> tuple[str, ...]:
    """What ``read`` finds in the whole of ``text``."""
    return tuple(value for value, _ in read(text, 0, len(text)))


def test_hangzhou_is_a_plan_and_an_annex_without_a_title() -> None:
    """The numbering that starts over behind the closing sentence is an annex of its own."""
    plan, annex = read_document(DOCUMENTS / "hangzhou-action-plan.txt")
    assert plan.title == "杭州市加力推动跨境电子商务高水平质量的发展行动计划"
    assert (plan.part, annex.part) == ("正文", "附件")
    assert annex.name == f"《{plan.title}》附件"
    assert plan.region == annex.region == "杭州市"
    assert plan.effective_from == date(2024, 11, 1)
    assert plan.effective_to == annex.effective_to == date(2027, 12, 31)
    assert plan.repeals == ("杭政办函〔2023〕9号",)


def test_chengdu_is_two_texts_behind_a_news_lead() -> None:
    """The news lead is left out; titles that run over two lines are put together."""
    file = read_file(DOCUMENTS / "chengdu-three-year-plan.txt")
    plan, measures = file.documents
    assert plan.title == "成都市推动跨境电商高质量发展三年行动计划(2023-2025)"
    assert measures.title == "成都市推动跨境电商高质量发展政策措施"
    assert plan.effective_to == date(2025, 12, 31)
    assert measures.effective_to is None
    reasons = [piece.reason for piece in file.left_out]
    assert reasons[:3] == ["lead"] * 3
    assert "disclosure" in reasons
    assert "editor" in reasons


def test_the_zone_without_a_place_is_known_by_the_name_it_gives_itself() -> None:
    """The scanned line between a site's menus gives its title and its short name."""
    file = read_file(DOCUMENTS / "cheng-zone-plan.txt")
    (plan,) = file.documents
    assert plan.title == "城市跨境电子商务综合试验区实施方案"
    assert plan.region == ""
    assert plan.aliases == ("城综试区",)
    left = "".join(file.text[p.start : p.end] for p in file.left_out)
    assert "VIP" in left
    assert "版权所有" in left
    assert "跨境电子商务" not in left.replace(plan.title, "")


def test_jiaxing_names_its_untitled_plan_in_its_annex() -> None:
    """A text without a title has the one by which its own file calls it."""
    plan, measures = read_document(DOCUMENTS / "jiaxing-implementation-plan.txt")
    assert plan.title == "嘉兴市加力推动跨境电商高质量发展实施方案（2024-2027年）"
    assert measures.title == "嘉兴市推进跨境电子商务发展若干政策措施"
    assert (plan.part, measures.part) == ("正文", "附件")
    assert measures.name == f"《{measures.title}》"


def test_shenzhen_has_a_news_lead_before_its_title() -> None:
    """What the news says of the plan is left out, the plan stays."""
    file = read_file(DOCUMENTS / "shenzhen-action-plan.txt")
    (plan,) = file.documents
    assert plan.title == "深圳市推动跨境电子商务高质量发展行动方案(2022-2025)"
    assert plan.region == "深圳市"
    assert [piece.reason for piece in file.left_out] == ["lead", "lead"]


def test_no_phone_number_of_a_person_is_left_in_the_documents() -> None:
    """The documents are as found, less private persons' numbers."""
    import re

    for path in DOCUMENTS.glob("*.txt"):
        assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", path.read_text("utf-8")), path


def test_two_notices_in_one_file_are_two_documents() -> None:
    """Each title begins a document; what belongs to the first does not reach the second."""
    text = (
        "宁波市人民政府关于支持海外仓建设的通知\n甬政发〔2024〕3号\n各区县人民政府：\n一、给予补贴。企业可以申请。\n"
        "二、加强管理。各部门负责。\n本通知自2024年5月1日起施行，有效期3年。\n"
        "宁波市人民政府关于人才引进的通知\n一、支持引进人才。给予奖励。\n二、优化服务。市人社局负责。\n"
    )
    first, second = documents_of(text)
    assert first.title == "宁波市人民政府关于支持海外仓建设的通知"
    assert first.issuer == "宁波市人民政府"
    assert first.number == "甬政发〔2024〕3号"
    assert first.effective_to == date(2027, 4, 30)
    assert second.title == "宁波市人民政府关于人才引进的通知"
    assert second.effective_from is None
    assert first.region == second.region == "宁波市"


def test_a_list_of_annexes_is_no_annex() -> None:
    """附件：1.申报表 at the end of a notice names annexes, it begins none."""
    text = "某市申报指南\n一、申报条件。企业注册满一年。\n二、申报材料。提交申请表。\n附件：1.申报表 2.承诺书\n"
    (document,) = documents_of(text)
    assert document.text[document.start : document.end].endswith("承诺书")


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("杭州市人民政府办公厅关于印发《杭州市若干政策》的通知", "杭州市若干政策"),
        ("《深圳市行动方案(2022-2025)》", "深圳市行动方案(2022-2025)"),
        ("# 中华人民共和国公证法", "中华人民共和国公证法"),
        ("关于印发成都市行动计划的通知", "关于印发成都市行动计划的通知"),
    ],
)
def test_titles_are_recognised_and_cleaned(line: str, title: str) -> None:
    """A title line gives the title of the text that it issues."""
    assert is_title(line)
    assert clean_title(line) == title


@pytest.mark.parametrize(
    "line",
    [
        "各区、县(市)要制定更加精准有效的工作方案，强化政策。",
        "措施",
        "对企业给予支持，具体办法",
        "1.加大政策扶持力度。",
    ],
)
def test_sentences_are_no_titles(line: str) -> None:
    """A line with a sentence in it, or a mere word, is no title."""
    assert not is_title(line)


def test_short_names_of_things_are_no_places() -> None:
    """以下简称 gives a place's name only where it names one."""
    text = "（以下简称城综试区）（以下简称“企业”）（以下简称园区）(以下简称开发区)（以下简称前海合作区）"
    assert _values(read_aliases, text) == ("城综试区", "前海合作区")


NOTICE = (
    "杭州市人民政府办公厅关于印发杭州市海外仓补助办法的通知\n杭政办〔2024〕3号\n各区、县（市）人民政府：\n"
    "《杭州市海外仓补助办法》已经市政府同意，现印发给你们，请认真组织实施。\n\n"
    "杭州市人民政府办公厅\n2024年3月5日\n\n杭州市海外仓补助办法\n"
    "第一条 每个海外仓补助30万元。\n第二条 每家企业不超过60万元。\n第三条 本办法自2024年4月5日起施行。\n"
)


def test_who_signed_a_notice_is_no_part_of_the_title_below() -> None:
    """The usual layout: title, number, addressees, signature, date, and the text that is issued."""
    notice, measures = documents_of(NOTICE)
    assert notice.number == "杭政办〔2024〕3号"
    assert notice.published == date(2024, 3, 5)
    assert notice.issuer == "杭州市人民政府办公厅"
    assert measures.title == "杭州市海外仓补助办法"
    assert measures.effective_from == date(2024, 4, 5)
    assert all("〔2024〕" not in heading for c in clauses_of(NOTICE) for heading in c.path)


def test_an_annex_that_is_only_announced_is_none() -> None:
    """附件：X above the signature says what is annexed; the annex begins below."""
    text = NOTICE.replace("\n\n杭州市人", "\n附件：杭州市海外仓补助办法\n\n杭州市人").replace(
        "\n\n杭州市海外仓", "\n\n附件\n杭州市海外仓"
    )
    notice, measures = documents_of(text)
    assert notice.published == date(2024, 3, 5)
    assert (measures.title, measures.part) == ("杭州市海外仓补助办法", "附件")


@pytest.mark.parametrize("leader", ["", "…3", " ...... 12"])
def test_a_table_of_contents_is_left_out(leader: str) -> None:
    """目录 and the lines that stand again below: the tree is that of the text itself."""
    text = (
        f"杭州市促进跨境电商办法\n目　录\n第一章 总则{leader}\n第二章 附则{leader}\n第一章 总则\n"
        "第一条 为了促进发展，制定本办法。\n第二条 给予补贴。\n第二章 附则\n第三条 本办法自2021年1月1日起施行。\n"
    )
    (document,) = documents_of(text)
    assert document.title == "杭州市促进跨境电商办法"
    assert [piece.reason for piece in document.left_out] == ["contents"] * 3
    assert [(c.number, c.path) for c in clauses_of(text)] == [
        ("第一条", ("第一章 总则",)),
        ("第二条", ("第一章 总则",)),
        ("第三条", ("第二章 附则",)),
    ]


@pytest.mark.parametrize(
    ("sentence", "end"),
    [
        ("民宿登记证有效期为3年。", None),
        ("临时许可证有效期至2019年12月31日。", None),
        ("本办法有效期为3年。", date(2020, 12, 31)),
        ("本办法有效期至2019年12月31日。", date(2019, 12, 31)),
        ("有效期至2019年12月31日。", date(2019, 12, 31)),
    ],
)
def test_only_its_own_term_ends_a_text(sentence: str, end: date | None) -> None:
    """The term of a licence that a text speaks of is not the text's."""
    (document,) = documents_of(
        f"平湖市民宿管理办法\n第一条 {sentence}\n第二条 甲。\n第三条 本办法自2018年1月1日起施行。\n"
    )
    assert document.effective_to == end


def test_what_is_repealed_is_read_in_linear_time() -> None:
    """Titles in a row before 废止, numbers before titles; a list of a thousand laws takes no time."""
    assert _values(
        read_repeals,
        "《甲市若干措施》（甲政〔2020〕3号）、《乙市若干措施》同时废止。《丙市办法》不变。原《丁市规定》废止",
    ) == ("甲政〔2020〕3号", "乙市若干措施", "丁市规定")
    laws = "、".join(f"《中华人民共和国某{i}法》" for i in range(1_000))
    assert _values(read_repeals, f"根据{laws}，制定本法。") == ()
    assert len(_values(read_repeals, f"{laws}同时废止。")) > 100


def test_a_statute_is_issued_by_who_passed_it() -> None:
    """The session and the date are no part of the body's name."""
    line = "（2020年10月17日第十三届全国人民代表大会常务委员会第二十二次会议通过）"
    assert issuer_in(line) == "全国人民代表大会常务委员会"


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("第一条 内地与香港特别行政区之间的事项。\n第二条 本条例自公布之日起施行。", ""),
        ("一、对运营一年以上海外仓的企业给予奖励。\n二、给予补贴。", ""),
        ("一、上海企业。\n二、上海市的园区。\n三、本措施由上海市商务局解释。", "上海市"),
    ],
)
def test_a_text_is_of_a_place_only_with_proof(text: str, region: str) -> None:
    """One mention in the body is none; three, and no other place as often, are."""
    (document,) = documents_of(f"关于促进发展的若干措施\n{text}\n")
    assert document.region == region


def test_places_are_found_by_full_and_short_names() -> None:
    """浙江省杭州市 is two places; 重庆 is 重庆市; words that are places elsewhere are none."""
    found = [name for _, _, name in places_in("浙江省杭州市与重庆、恩施合作，长治久安，无为而治")]
    assert found == ["浙江省", "杭州市", "重庆市", "恩施土家族苗族自治州"]
    assert main_place("没有地名") == ""
    assert short_name("广西壮族自治区") == "广西"
    assert same_place("杭州", "杭州市")
    assert not same_place("", "杭州")
