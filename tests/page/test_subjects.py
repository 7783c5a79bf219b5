"""What a library speaks of, found in its own clauses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.index import Tokenizer
from assistant.page.library.subjects import Subject, sample_of, subjects_of
from assistant.retrieval import Synonyms
from tests.small import FIVE, Library

Made = Callable[[Mapping[str, str]], Assistant]


@pytest.fixture
def made(tmp_path: Path, tokenizer: Tokenizer) -> Made:
    """A library of some texts, open."""
    return lambda texts: Library(tmp_path, texts, tokenizer).open()


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer) -> Assistant:
    """The five documents."""
    return Library(tmp_path_factory.mktemp("five"), FIVE, tokenizer).open()


def _subjects(assistant: Assistant, tokenizer: Tokenizer, **limits: int) -> tuple[Subject, ...]:
    store = assistant.snapshot.store
    return subjects_of(store, tokenizer, synonyms=Synonyms.load(), **limits)


def _names(assistant: Assistant, tokenizer: Tokenizer, **limits: int) -> set[str]:
    return {subject.name for subject in _subjects(assistant, tokenizer, **limits)}


STATUTES = {
    "measures.txt": """\
宁波市献血条例
第一章 总则
第一条 为了保障献血者的健康，规范献血工作，制定本条例。
第二条 本市实行无偿献血制度。
第三条 市人民政府负责献血工作。
第二章 献血和用血
第四条 献血者献血前应当体检。采血单位应当为献血者提供献血证。
第五条 采血单位采血应当符合标准。采血后的血液应当检测。
第六条 医疗机构用血应当核查，用血费用由个人支付。
第三章 法律责任
第七条 违反本条例规定的，由卫生部门责令改正，给予处罚。
第八条 本条例自2020年1月1日起施行。
""",
    "property.txt": """\
湖州市物业管理条例
第一章 总则
第一条 为了规范物业管理活动，维护业主的合法权益，制定本条例。
第二条 本条例适用于本市物业管理活动。
第二章 业主和业主大会
第三条 业主大会由全体业主组成。业主大会会议由业主委员会召集。
第四条 业主可以委托代理人参加业主大会会议。
第五条 业主大会应当制定管理规约，业主应当遵守管理规约。
第三章 前期物业
第六条 建设单位应当选聘物业服务企业，签订前期物业服务合同。
第七条 物业服务合同应当约定服务费用、服务期限。
第四章 法律责任
第八条 违反本条例规定的，由住房部门责令改正，给予处罚。
第九条 本条例自2021年1月1日起施行。
""",
    "noise.txt": """\
青岛市噪声管理规定
第一条 为了防治噪声污染，保护生活环境，制定本规定。
第二条 市人民政府应当加强噪声污染防治工作。
第三条 夜间施工噪声应当符合排放标准，禁止夜间施工噪声扰民。
第四条 社会生活噪声由公安机关管理。
第五条 违反本规定的，由环境部门责令改正，给予处罚。
第六条 本规定自2022年1月1日起施行。
""",
}


def test_the_subjects_of_the_five_documents(five: Assistant, tokenizer: Tokenizer) -> None:
    """What a reader of these policies would name is there; words of every policy, verbs and
    slogans are not."""
    names = _names(five, tokenizer)
    assert names >= {
        "海外仓", "物流", "产业园", "融资", "通关", "人才", "品牌", "保税", "退税", "数字化",
        "产业带", "独立站", "直播",
    }  # fmt: skip
    assert not names & {
        "企业", "支持", "推进", "发展", "建设", "加强", "提升", "体系", "机制", "水平", "能力",
        "鼓励", "实施", "高质量", "跨境电商", "跨境电子商务", "杭州", "成都", "行动", "责任单位",
    }  # fmt: skip


def test_the_subjects_of_statutes(made: Made, tokenizer: Tokenizer) -> None:
    """Another kind of text and another trade: what the statutes are about, not their formulas."""
    names = _names(made(STATUTES), tokenizer)
    assert names >= {"献血", "业主", "物业", "噪声"}
    assert not names & {
        "条例",
        "本条例",
        "规定",
        "人民政府",
        "部门",
        "应当",
        "责令",
        "第一章",
        "施行",
    }


def test_a_single_document_has_subjects(made: Made, tokenizer: Tokenizer) -> None:
    """And they are those of its parts: its own title says what all of it is about."""
    name = "shenzhen-action-plan.txt"
    names = _names(made({name: FIVE[name]}), tokenizer)
    assert {"物流", "融资", "通关"} <= names
    assert not names & {"深圳", "跨境电商", "企业", "支持"}


def test_rows_are_of_clauses_that_speak_of_the_subject(
    five: Assistant, tokenizer: Tokenizer
) -> None:
    """Each of them in order and once; a subject is one of some clauses, not of most."""
    store = five.snapshot.store
    synonyms = Synonyms.load()
    found = _subjects(five, tokenizer)
    assert found
    for subject in found:
        assert list(subject.rows) == sorted(set(subject.rows))
        assert 2 <= len(subject.rows) <= len(store) / 3
        words = (subject.name, *synonyms.of(subject.name))
        for row in subject.rows:
            assert any(word in store.clause(row).text for word in words), subject.name


def test_words_of_one_meaning_are_one_subject(five: Assistant, tokenizer: Tokenizer) -> None:
    """通关, 清关 and 报关 stand for each other: one of them is named, the clauses of all are its
    own; without the synonyms it has fewer."""
    with_them = {subject.name: subject.rows for subject in _subjects(five, tokenizer)}
    store = five.snapshot.store
    without = {subject.name: subject.rows for subject in subjects_of(store, tokenizer)}
    assert not {"清关", "报关"} & with_them.keys()
    assert set(with_them["通关"]) > set(without["通关"])


def test_a_longer_word_does_not_stand_beside_the_shorter(
    five: Assistant, tokenizer: Tokenizer
) -> None:
    """海外仓 is told once, not as 海外, 海外仓 and 公共海外仓."""
    names = sorted(_names(five, tokenizer, limit=60))
    inside = [(a, b) for a in names for b in names if a != b and a in b]
    assert inside == []


def test_the_best_are_the_same_whatever_the_limit(five: Assistant, tokenizer: Tokenizer) -> None:
    """A shorter list is the beginning of a longer one, and the order is always the same."""
    long = [subject.name for subject in _subjects(five, tokenizer)]
    assert [subject.name for subject in _subjects(five, tokenizer)] == long
    assert len(_subjects(five, tokenizer, limit=5)) == 5
    assert {s.name for s in _subjects(five, tokenizer, limit=5)} <= set(long[:8])


def test_a_library_with_nothing_to_tell(made: Made, tokenizer: Tokenizer) -> None:
    """Of two clauses nothing can be said; that is no failure."""
    assert (
        _subjects(made({"a.txt": "甲\n一、乙。给予补贴。\n二、丙。给予奖励。\n"}), tokenizer) == ()
    )


def test_texts_in_latin_letters_have_none(made: Made, tokenizer: Tokenizer) -> None:
    """Subjects are Chinese words; others are left alone."""
    text = "".join(f"{i}. Grants for exporters, part {i}.\n" for i in range(1, 30))
    assert _subjects(made({"a.txt": f"Export policy\n{text}"}), tokenizer) == ()


def test_a_large_library_is_looked_at_evenly(five: Assistant, tokenizer: Tokenizer) -> None:
    """Whole documents from its beginning to its end, about as many clauses as are allowed."""
    store = five.snapshot.store
    whole = sample_of(store, 183)
    assert (list(whole.documents), whole.clauses) == (list(range(8)), 183)
    some = sample_of(store, 60)
    assert len(some.documents) < 8
    assert 0 < some.clauses <= 60 + max(len(store.rows_of_document(d)) for d in range(8))
    assert some.clauses == sum(len(store.rows_of_document(d)) for d in some.documents)
    looked = {row for d in some.documents for row in store.rows_of_document(d)}
    found = subjects_of(store, tokenizer, clauses=60)
    assert found
    assert {row for subject in found for row in subject.rows} <= looked
    assert list(sample_of(store, 1).documents) == [0]
