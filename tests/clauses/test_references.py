"""What clauses refer to, and where that leads."""

from __future__ import annotations

from assistant import read_document
from assistant.clauses import Clause, link, read_outline, split_clauses
from tests.conftest import DOCUMENTS, clauses_of, documents_of


def led_to(clause: Clause, clauses: list[Clause]) -> list[tuple[str, str]]:
    """The references of a clause: as printed, and the number of the clause that they lead to."""
    by_id = {other.id: other for other in clauses}
    text = clause.document.text
    return [
        (text[r.start : r.end], by_id[r.ids[0]].number if r.ids else "") for r in clause.references
    ]


def test_articles_of_the_same_text() -> None:
    """Articles named with 款 and 项, in lists, in ranges, and the one before."""
    clauses = clauses_of(
        "第一条　甲。\n第二条　乙。\n第三条　丙。\n第四条　丁。\n"
        "第五条　依照本办法第一条第二款第（三）项处理。\n"
        "第六条　第二条、第四条和第九十九条不适用。\n"
        "第七条　第一条至第四条适用。\n"
        "第八条　前条规定的除外。\n"
    )
    assert led_to(clauses[4], clauses) == [("第一条第二款第（三）项", "第一条")]
    assert led_to(clauses[5], clauses) == [
        ("第二条", "第二条"),
        ("第四条", "第四条"),
        ("第九十九条", ""),
    ]
    assert [number for _, number in led_to(clauses[6], clauses)] == [
        "第一条", "第二条", "第三条", "第四条",
    ]  # fmt: skip
    assert led_to(clauses[7], clauses) == [("前条", "第七条")]


def test_items_of_the_same_text() -> None:
    """第(一)、(三)项 are two items; of equal numbers the one below the same heading is meant."""
    clauses = clauses_of(
        "一、支持措施\n（一）奖励十万元。\n（二）补助五万元。\n（三）第(一)、(二)项不重复享受。\n"
        "二、其他措施\n（一）贴息。\n（二）同第（一）项。\n"
    )
    assert led_to(clauses[2], clauses) == [
        ("第(一)、(二)项", "（一）"),
        ("第(一)、(二)项", "（二）"),
    ]
    last = clauses[-1]
    assert last.references[0].ids == (clauses[3].id,)


def test_hangzhou_refers_to_its_items() -> None:
    """第(十)、(十三)项 of the annex leads to these items."""
    _, annex = read_document(DOCUMENTS / "hangzhou-action-plan.txt")
    clauses = split_clauses(annex)
    (one,) = (c for c in clauses if c.number == "（十五）")
    assert [number for _, number in led_to(one, clauses)] == ["（十）", "（十三）"]


def test_another_text_of_the_library() -> None:
    """A law is found by its title in brackets and by its bare name; one that is not there, and a
    reference to this text, are not taken for it."""
    (law,) = documents_of("中华人民共和国商务法\n第一条　甲。\n第二条　乙。\n", "law.txt")
    (rules,) = documents_of(
        "商务法实施细则\n第一条　根据《中华人民共和国商务法》第二条制定。\n"
        "第二条　依照商务法第一条处理。\n第三条　《民法典》第一条不适用。\n",
        "rules.txt",
    )
    first, second = link([read_outline(law), read_outline(rules)])
    ids = {clause.number: clause.id for clause in first.clauses}
    one, two, three = second.clauses
    assert [r.ids for r in one.references] == [(ids["第二条"],)]
    assert [(r.document, r.ids) for r in two.references] == [("商务法", (ids["第一条"],))]
    assert [(r.document, r.ids) for r in three.references] == [("民法典", ())]
