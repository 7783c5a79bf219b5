"""Short statements, greetings, repeals, and which of two texts is the newer."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.answer import Citation
from assistant.answering.cite import newest_first
from assistant.answering.courtesy import is_courtesy
from assistant.answering.facts import facts_of
from assistant.answering.repeals import in_force, key_of, repeals_in
from assistant.clauses import Clause
from assistant.index import Tokenizer
from assistant.index.entry import Entry
from assistant.retrieval import Hit, Kind
from assistant.text import clean
from tests.conftest import clauses_of, documents_of
from tests.small import FIVE, Library


def clause_of(body: str) -> Clause:
    return clauses_of(f"梅市扶持政策\n一、甲。{body}\n二、乙。另定。\n")[0]


def whole(clause: Clause) -> Citation:
    return Citation(clause, clause.text, clause.start, clause.end, clause.address)


@pytest.mark.parametrize(
    ("kind", "body", "values"),
    [
        (Kind.AMOUNT, "给予最高200万元的补贴。", ("最高200万元",)),
        (Kind.AMOUNT, "给予不超过三百万元奖励。", ("不超过三百万元",)),
        (Kind.AMOUNT, "给予最高20万元、10万元的奖励。", ("最高20万元", "10万元")),
        (Kind.AMOUNT, "给予费用60%的补助，最高50万元。", ("60%", "最高50万元")),
        (Kind.AMOUNT, "对年度进口额超过5000万元的企业，给予100万元奖励。", ("100万元",)),
        (Kind.AMOUNT, "对营业收入达到1亿元的企业给予支持。", ()),
        (Kind.AMOUNT, "处2万元以上5万元以下罚款。", ("2万元以上", "5万元以下")),
        (Kind.AMOUNT, "给予 最高 20 万元 的补贴。", ("最高 20 万元",)),
        (Kind.AMOUNT, "给予一定支持。", ()),
        (Kind.SHARE, "给予不超过60%的补助，最高50万元。", ("不超过60%",)),
        (Kind.SHARE, "按三成给予补助。", ("三成",)),
        (Kind.SHARE, "最高50万元补贴。", ()),
        (Kind.WHEN, "自2024年11月1日起施行，为期三年。", ("2024年11月1日", "三年")),
        (Kind.WHEN, "在10个工作日办结。", ("10个工作日",)),
        (Kind.WHEN, "在三年以内办结。", ("三年以内",)),
        (Kind.WHO, "加强服务。（责任单位：市商务局、市财政局）", ("市商务局", "市财政局")),
        (Kind.WHO, "由市商务局负责。", ()),
        (Kind.COUNT, "建设20个海外仓。", ()),
        (Kind.OTHER, "给予200万元补贴。", ()),
    ],
)
def test_what_a_quote_states_in_short(kind: Kind, body: str, values: tuple[str, ...]) -> None:
    """What is given, not what must be reached; as printed, with its limit."""
    facts = facts_of([kind], [whole(clause_of(body))])
    found = facts[0].values if facts else ()
    assert found == values


def test_only_the_first_clause_and_only_its_quotes_count() -> None:
    """A sum behind the quote, or in the second clause, is no fact of the answer."""
    clause = clause_of("给予补贴。给予最高200万元奖励。")
    other = clauses_of("兰市扶持政策\n一、甲。给予最高900万元奖励。\n二、乙。另定。\n")[0]
    start = clause.start
    quote = clause.document.text[start : start + 8]
    short = Citation(clause, quote, start, start + 8, clause.address)
    assert facts_of([Kind.AMOUNT], [short, whole(other)]) == ()
    assert facts_of([Kind.AMOUNT], []) == ()
    assert facts_of([Kind.AMOUNT], [whole(clause), whole(other)])[0].values == ("最高200万元",)


@pytest.mark.parametrize("source", sorted(FIVE))
def test_every_fact_of_the_five_documents_is_printed(source: str) -> None:
    """Whatever is asked of any clause, its values stand in it and each stands once."""
    kinds = (Kind.AMOUNT, Kind.SHARE, Kind.WHEN, Kind.WHO)
    for clause in clauses_of(FIVE[source]):
        for fact in facts_of(kinds, [whole(clause)]):
            assert fact.clause is clause
            assert len(set(fact.values)) == len(fact.values) > 0
            assert all(clean(value) in clean(clause.text) for value in fact.values)


@pytest.mark.parametrize(
    "text",
    [
        "你好", "您好！", "谢谢", "好的，谢谢", "谢谢啦～", "多谢您", "辛苦了", "再见", "嗯嗯", "OK", "Thanks!",
        "hello", "hi", "在吗？", "收到，谢谢！", "明白了", "没有了", "好的好的", "ｏｋ", "謝謝",
    ],
)  # fmt: skip
def test_greetings_and_thanks(text: str) -> None:
    """What is nothing but a courtesy, in any width and script."""
    assert is_courtesy(text)


@pytest.mark.parametrize(
    "text",
    [
        "你好，杭州独立站补贴多少？", "谢谢，那成都呢？", "好处有哪些", "可以申请吗", "了解独立站政策", "有",
        "行动计划", "再见面会", "hi-tech企业", "知道有效期吗", "没有补贴吗", "嗯，海外仓", "", "？",
    ],
)  # fmt: skip
def test_questions_are_no_courtesy(text: str) -> None:
    """A question behind a greeting is a question."""
    assert not is_courtesy(text)


@given(st.sampled_from(["你好", "谢谢", "好的", "再见"]), st.text(alphabet="，。！!~ ", max_size=5))
def test_marks_change_no_courtesy(said: str, marks: str) -> None:
    """Signs before, between and behind a courtesy leave it one."""
    assert is_courtesy(f"{marks}{said}{marks}{said}{marks}")


OLD = "梅市旧政策\n梅政办〔2020〕9号\n一、独立站。给予100万元补贴。\n二、园区。给予奖励。\n"
NEW = (
    "梅市新政策\n一、独立站。给予300万元补贴。\n二、园区。给予奖励。\n"
    "三、本政策自2024年7月1日起施行，《梅市旧政策》（梅政办〔2020〕9号）同时废止。\n"
)


def test_what_repeals_what_and_since_when() -> None:
    """The newer text's name, the older one's, and the day on which it took effect."""
    documents = [*documents_of(OLD, "old.txt"), *documents_of(NEW, "new.txt")]
    entries = [Entry.of(document) for document in documents]
    repeals = repeals_in(entries)
    (repeal,) = repeals
    assert repeal.key == key_of(documents[0])
    assert repeal.by == documents[-1].name
    assert repeal.since == date(2024, 7, 1)
    assert in_force(repeals, date(2024, 6, 30)) == {}
    assert in_force(repeals, date(2024, 7, 1)) == {repeal.key: repeal.by}
    assert repeals_in(entries[1:]) == ()
    assert repeals_in([]) == ()


def test_a_repeal_is_a_notice_from_its_day_on(tmp_path: Path, tokenizer: Tokenizer) -> None:
    """An answer from a text that was repealed says by which, and not before that day."""
    opened = Library(tmp_path, {"old.txt": OLD, "new.txt": NEW}, tokenizer).open()
    question = "独立站给予多少补贴？"
    later = opened.ask(question, documents=["old.txt"], as_of=date(2025, 1, 1))
    assert "100万元" in later.text
    assert any("梅市新政策" in notice and "废止" in notice for notice in later.notices)
    earlier = opened.ask(question, documents=["old.txt"], as_of=date(2024, 1, 1))
    assert not any("废止" in notice for notice in earlier.notices)


def test_a_text_that_repeals_one_of_its_own_title_means_the_older(
    tmp_path: Path, tokenizer: Tokenizer
) -> None:
    """A revised text bears the old one's title: only the old one is repealed, whatever the order of
    the files, and the notice tells them apart by the number."""
    old = "梅市仓储补助办法\n梅政发〔2020〕5号\n一、仓库给予最高10万元补助。\n二、本办法自2020年1月1日起施行。\n"
    new = (
        "梅市仓储补助办法\n梅政发〔2024〕8号\n一、仓库给予最高20万元补助。\n"
        "二、本办法自2024年1月1日起施行，《梅市仓储补助办法》（梅政发〔2020〕5号）同时废止。\n"
    )
    for i, names in enumerate((("a.txt", "b.txt"), ("b.txt", "a.txt"))):
        library = Library(tmp_path / str(i), dict(zip(names, (old, new), strict=True)), tokenizer)
        opened = library.open()
        for name, repealed in zip(names, (True, False), strict=True):
            answer = opened.ask("仓库给予多少补助？", documents=[name], as_of=date(2025, 1, 1))
            assert any("废止" in notice for notice in answer.notices) is repealed
            assert not repealed or "〔2024〕8号" in answer.text


def _dated(place: str, day: str) -> Clause:
    return clauses_of(
        f"{place}市扶持政策\n一、甲。给予补贴。\n二、乙。给予奖励。\n本政策自{day}起施行。\n"
    )[0]


DATED = [
    _dated(place, day)
    for place in ("杭州", "成都")
    for day in ("2020年1月1日", "2022年5月1日", "2024年7月1日")
] + clauses_of("杭州市别的政策\n一、甲。给予补贴。\n二、乙。给予奖励。\n")[:1]


@given(st.lists(st.sampled_from(DATED), unique_by=id, max_size=7))
def test_of_one_place_the_newest_comes_first(clauses: list[Clause]) -> None:
    """The same hits; of two dated texts of one place the newer stands first, and where nothing is
    older than what is behind it the order stays."""
    hits = [Hit(clause, -i, {}) for i, clause in enumerate(clauses)]
    result = newest_first(hits)
    assert sorted(map(id, result)) == sorted(map(id, hits))
    for place in ("杭州市", "成都市"):
        days = [
            hit.clause.document.effective_from
            for hit in result
            if hit.clause.document.region == place
        ]
        known = [day for day in days if day is not None]
        assert known == sorted(known, reverse=True)


def test_places_keep_their_turn() -> None:
    """A newer text of a place comes before the older one of it, and behind other places' hits that
    were before both."""
    old, new, other = DATED[0], DATED[2], DATED[3]
    hits = [Hit(clause, -i, {}) for i, clause in enumerate((old, other, new))]
    places = [hit.clause.document.region for hit in newest_first(hits)]
    assert places == [hit.clause.document.region for hit in hits]


@pytest.mark.parametrize(
    ("body", "conditions"),
    [
        ("对通过国际认证的企业,给予最高20万元的资金扶持。", ["通过国际认证的企业"]),
        (
            "对年交易额超过5000万元、2亿元,且同比增长20%以上的企业,分别给予50万元、200万元的奖励。",
            ["年交易额超过5000万元、2亿元,且同比增长20%以上的企业"],
        ),
        ("对被认定为重点培育企业的给予10万元的奖励。", ["被认定为重点培育企业"]),
        ("对于新建园区，再给予配套支持。", ["新建园区"]),
        ("对企业投保的保费按照一定比例给予补助。", ["企业投保的保费"]),
        ("对外贸企业给予便利，对接平台，面对困难的企业，给予帮助。", []),
        ("企业可以申请。", []),
    ],
)
def test_those_whom_a_measure_is_for(body: str, conditions: list[str]) -> None:
    """What stands between 对 and the word that gives, as printed; no 对 of another word."""
    clause = clause_of(body)
    text = clause.document.text
    assert [text[one.start : one.end] for one in clause.conditions] == conditions


def test_an_amount_comes_with_its_condition() -> None:
    """Beside the amount stands whom it is for, as far as the quote holds it."""
    clause = clause_of("对通过认证的企业,给予最高20万元的奖励。对新开店的企业,给予支持。")
    first = Citation(
        clause, quote := "对通过认证的企业,给予最高20万元的奖励。",
        start := clause.document.text.index(quote), start + len(quote), clause.address,
    )  # fmt: skip
    shown = {fact.kind: fact.values for fact in facts_of([Kind.AMOUNT], [first])}
    assert shown == {Kind.AMOUNT: ("最高20万元",), Kind.CONDITION: ("通过认证的企业",)}
    assert facts_of([Kind.WHO], [first]) == ()
