"""Addresses and ids → clauses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant import Assistant, Settings
from assistant.errors import ClauseNotFoundError
from tests.conftest import Build

LAW = "某某市公证管理条例\n" + "".join(
    f"第{n}条 规定内容之{n}。\n（一）甲；\n（二）乙。\n" for n in ("一", "二", "三")
)
TWO = "杭州市扶持政策\n（一）独立站。给予补贴。\n（二）海外仓。给予奖励。\n"
THREE = "成都市扶持政策\n（一）园区。给予补贴。\n（二）融资。给予贴息。\n"


@pytest.fixture
def opened(settings: Settings, build: Build, open_fake: Callable[[], Assistant]) -> Assistant:
    settings.documents.mkdir()
    for name, text in (("law", LAW), ("hz", TWO), ("cd", THREE)):
        (settings.documents / f"{name}.txt").write_text(text, "utf-8")
    build()
    return open_fake()


def test_every_clause_is_found_by_its_id_and_its_address(opened: Assistant) -> None:
    """What a hit says of itself leads back to it."""
    for hit in opened.retrieve("规定 补贴 海外仓", top_k=20):
        assert opened.clause(hit.clause.id) == hit.clause
        assert opened.clause(hit.clause.address) == hit.clause


@pytest.mark.parametrize(
    "address",
    [
        "《某某市公证管理条例》第三条",
        "《某某市公证管理条例》第3条",
        "《某某市公证管理条例》第３条",
        "某某市公证管理条例 第三条",
        "公证管理条例第三条",
        "《某某市公证管理条例》第三条第二款",
        "《某某市公证管理条例》第三条第（一）项",
        "公证管理条例 3条",
        "公证管理条例 第一章 第三条",
        "第三条",
    ],
)
def test_addresses_are_found_in_many_forms(opened: Assistant, address: str) -> None:
    """Digits or numerals, brackets or none, part of the title, deeper than an article."""
    assert opened.clause(address).number == "第三条"


@pytest.mark.parametrize("address", ["杭州（二）", "杭州 政策 (2)", "杭州市扶持政策（二）"])
def test_a_place_tells_equal_numbers_apart(opened: Assistant, address: str) -> None:
    """杭州（二） is Hangzhou's, not Chengdu's."""
    assert opened.clause(address).source == "hz.txt"


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("杭州附件（三）", "附件（三）"),
        ("杭州 附件 （三）", "附件（三）"),
        ("杭州 3.", "3."),
        ("嘉兴 一、2.", "一、2."),
        ("嘉兴 四、第1段", "四、第1段"),
        ("深圳（十七）", "七、（十七）"),
        ("成都三年行动计划 五、", "五、"),
        ("杭州 政策 （十二）", "附件（十二）"),
        ("杭州 支持政策 12", "附件（十二）"),
        ("浙江省杭州市 行动计划 （三）", "（三）"),
    ],
)
def test_short_addresses_of_real_documents(assistant: Assistant, address: str, label: str) -> None:
    """Place, part and number, with or without spaces; levels as printed; brackets tell （三） from 3."""
    assert assistant.clause(address).address.rpartition("》")[2] == label


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("服务规范 2.1.2", "2.1.2"),
        ("服务规范第2.1.2条", "2.1.2"),
        ("服务规范 ２．２", "2.2"),
        ("登记条例第十二条之一", "第十二条之一"),
        ("登记条例第12条之1第二款", "第十二条之一"),
        ("Article 3", "Article 3"),
        ("指南 Ⅱ. B.", "B"),
    ],
)
def test_every_form_of_number_is_an_address(
    settings: Settings,
    build: Build,
    open_fake: Callable[[], Assistant],
    address: str,
    number: str,
) -> None:
    """Dotted numbers, 之一, Roman numerals, letters and English articles lead to their clauses."""
    settings.documents.mkdir()
    for name, text in {
        "norm": "某市服务规范\n1 范围\n适用于本市。\n2 要求\n2.1 机构\n2.1.1 登记。\n2.1.2 场所。\n2.2 人员\n培训。\n",
        "law": "某市登记条例\n第十二条　登记。\n第十二条之一　公开。\n第十三条　期限。\n",
        "rules": "Article 1 Trade.\nArticle 2 City.\nArticle 3 Grants.\n",
        "guide": "某市技术指南\nⅠ. 总则\nA. 范围。本市。\nB. 原则。安全。\nⅡ. 要求\nA. 设备。合格。\nB. 人员。持证。\n",
    }.items():
        (settings.documents / f"{name}.txt").write_text(text, "utf-8")
    build()
    assert open_fake().clause(address).number == number


def test_copies_are_told_apart_by_their_ids(
    settings: Settings, build: Build, open_fake: Callable[[], Assistant]
) -> None:
    """Where two files hold the same text, the error gives what tells them apart."""
    settings.documents.mkdir()
    for name in ("a.txt", "b.txt"):
        (settings.documents / name).write_text(TWO, "utf-8")
    build()
    with pytest.raises(ClauseNotFoundError, match=r"a\.txt.*b\.txt") as error:
        open_fake().clause("杭州（一）")
    found = [
        h.clause for h in open_fake().retrieve("独立站", top_k=4) if h.clause.number == "（一）"
    ]
    assert len(found) == 2
    assert all(clause.id in str(error.value) for clause in found)


def test_an_ambiguous_address_lists_the_candidates(opened: Assistant) -> None:
    """（二） alone is in two documents: both are named."""
    with pytest.raises(ClauseNotFoundError, match="杭州市扶持政策.*") as error:
        opened.clause("（二）")
    assert "成都市扶持政策" in str(error.value)


def test_an_unknown_number_lists_what_is_near(opened: Assistant) -> None:
    """The clauses of the document named, or those with that number."""
    with pytest.raises(ClauseNotFoundError, match="Nearest: .*《杭州市扶持政策》（一）"):
        opened.clause("杭州（九）")
    with pytest.raises(ClauseNotFoundError, match="Nearest: .*管理条例》第二条"):
        opened.clause("《没有》第二条")


@pytest.mark.parametrize(
    "address", ["", "《没有》第一条", "第九十九条", "0123456789abcdef", "杭州", "'; DROP TABLE"]
)
def test_an_unknown_address_is_an_error(opened: Assistant, address: str) -> None:
    """What fits no clause is said to fit none."""
    with pytest.raises(ClauseNotFoundError, match="no clause"):
        opened.clause(address)
