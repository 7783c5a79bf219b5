"""Questions, fusion, and the hits that come of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from assistant import Assistant, Settings
from assistant.errors import QuestionError
from assistant.index import Tokenizer
from assistant.index.entry import Entry
from assistant.retrieval import Kind, Synonyms, check_question
from assistant.retrieval.fusion import standardise
from assistant.retrieval.kinds import kind_of
from assistant.retrieval.question import SYNONYM_WEIGHT, Understanding, place_names
from tests.conftest import Build, documents_of


@pytest.fixture(scope="module")
def understanding(tokenizer: Tokenizer) -> Understanding:
    texts = (
        "杭州市扶持政策\n一、甲。给予补贴。\n二、乙。给予奖励。\n",
        "建设（以下简称城综试区），推进工作。\n",
    )
    entries = [Entry.of(document) for text in texts for document in documents_of(text)]
    return Understanding(place_names(entries), tokenizer)


@pytest.mark.parametrize(
    ("text", "held", "foreign", "topic"),
    [
        ("杭州对独立站有什么补贴？", ("杭州",), (), "独立站有什么补贴?"),
        ("杭州市的独立站补贴", ("杭州",), (), "独立站补贴"),
        ("城综试区会统计吗", ("城综试区",), (), "会统计吗"),
        ("上海有补贴吗", (), ("上海",), "上海有补贴吗"),
        ("杭州和上海分别怎么说", ("杭州",), ("上海",), "和上海分别怎么说"),
        ("独立站補貼多少", (), (), "独立站补贴多少"),
        ("运营一年以上海外仓有奖励吗", (), (), "运营一年以上海外仓有奖励吗"),
        ("普洱茶出口有补贴吗", (), (), "普洱茶出口有补贴吗"),
        ("货物出口到香港有补贴吗", (), (), "货物出口到香港有补贴吗"),
        ("苏州工业园区有补贴吗", (), ("苏州",), "苏州工业园区有补贴吗"),
    ],
)
def test_places_are_understood(
    understanding: Understanding,
    text: str,
    held: tuple[str, ...],
    foreign: tuple[str, ...],
    topic: str,
) -> None:
    """Places of the library are taken out of what the encoder gets; others are told apart."""
    question = understanding.read(text)
    assert (question.held, question.foreign, question.topic) == (held, foreign, topic)


@pytest.mark.parametrize(
    ("text", "everywhere"),
    [
        ("各地对独立站有什么补贴", True),
        ("哪些城市发放运力券", True),
        ("两市的奖励分别多少", True),
        ("各市场主体能申请什么补贴", False),
        ("企业开拓两个市场有奖励吗", False),
        ("建两地仓有补贴吗", False),
    ],
)
def test_all_places_are_asked_for_by_whole_words(
    understanding: Understanding, text: str, everywhere: bool
) -> None:
    """各市 asks of every city; 各市场主体 does not."""
    assert understanding.read(text).everywhere is everywhere


def test_content_words_leave_out_function_words_but_keep_codes(
    understanding: Understanding,
) -> None:
    """Places and question words say nothing of the subject; customs codes do."""
    words = understanding.read("杭州的9810 出口海外仓，最多能给多少钱？").words
    assert {"9810", "出口", "海外仓"} <= set(words)
    assert not {"杭州", "的", "最多", "多少", "钱", "能"} & set(words)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("这归哪几个局管？", Kind.WHO),
        ("责任单位是哪几家", Kind.WHO),
        ("有效期到什么时候？", Kind.WHEN),
        ("最多补多少万", Kind.AMOUNT),
        ("怎么支持独立站", Kind.OTHER),
        ("补多大比例", Kind.SHARE),
        ("要建几个示范基地", Kind.COUNT),
        ("申报要什么条件", Kind.CONDITION),
        ("独立站有没有补贴", Kind.YES_NO),
        ("第三条说什么", Kind.CONTENT),
        ("哪些城市有补贴", Kind.LIST),
    ],
)
def test_kinds_of_questions(text: str, kind: Kind) -> None:
    """What is asked for is read from the question words."""
    assert kind_of(text) is kind


@pytest.mark.parametrize("text", ["", "  \n", "？！。", "🙂", "“”"])
def test_an_empty_question_is_refused(text: str) -> None:
    """Nothing to look for: a usage error that shows how to ask."""
    with pytest.raises(QuestionError, match="assistant ask") as error:
        check_question(text, 2_000)
    assert error.value.exit_status == 2


def test_an_overlong_question_is_refused() -> None:
    """The error gives the length and the limit."""
    with pytest.raises(QuestionError, match=r"10,000 characters; the limit is 2,000"):
        check_question("长" * 10_000, 2_000)
    assert check_question(" 长问题 ", 2_000) == "长问题"


@given(arrays.arrays(np.float64, st.integers(2, 40), elements=st.floats(-1e3, 1e3)))
def test_standardised_scores_are_deviations_from_the_mean(scores: npt.NDArray[np.float64]) -> None:
    """The head's own scores have mean 0 and deviation 1, unless they are all alike."""
    result = standardise(scores, scores)
    if scores.std() < 1e-9:
        assert (result == 0).all()
    else:
        assert result.mean() == pytest.approx(0, abs=1e-6)
        assert result.std() == pytest.approx(1, abs=1e-6)


FILES = {
    "hz.txt": "杭州市扶持政策\n一、独立站。对独立站给予200万元补贴。\n二、海外仓。对海外仓给予补贴。\n本政策自2024年11月1日起施行，有效期至2027年12月31日。\n",
    "cd.txt": "成都市扶持政策\n一、独立站。对独立站给予100万元补贴。\n二、园区。对园区给予奖励。\n本政策自2023年1月1日起施行，有效期至2025年12月31日。\n",
    "law.md": "# 电子商务促进条例\n第一条 支持独立站建设。\n第二条 支持海外仓建设。\n",
}


@pytest.fixture
def opened(settings: Settings, build: Build, open_fake: Callable[[], Assistant]) -> Assistant:
    settings.documents.mkdir()
    for name, text in FILES.items():
        (settings.documents / name).write_text(text, "utf-8")
    build()
    return open_fake()


def sources(hits: list) -> list[str]:  # type: ignore[type-arg]
    return [hit.clause.source for hit in hits]


def test_hits_are_ranked_and_say_why(opened: Assistant) -> None:
    """Best first, at most as many as asked for, each with its rank in the channels."""
    hits = opened.retrieve("独立站补贴", top_k=3)
    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].ranks["lexical"] >= 1
    assert all(1 <= hit.ranks["dense"] <= 8 for hit in hits)
    assert len({hit.clause.id for hit in hits}) == 3
    assert opened.retrieve("独立站", top_k=0) == []


def test_a_place_that_is_named_comes_first_and_hides_no_law(opened: Assistant) -> None:
    """杭州 steers to Hangzhou's clauses; texts of no place are still found."""
    for place, source in (("杭州", "hz.txt"), ("成都", "cd.txt")):
        hits = opened.retrieve(f"{place}的独立站补贴")
        assert hits[0].clause.source == source
        assert "独立站" in hits[0].clause.text
        assert "law.md" in sources(hits)


@pytest.mark.parametrize("region", ["杭州", "杭州市"])
def test_regions_are_filtered_with_or_without_their_suffix(opened: Assistant, region: str) -> None:
    """A place's name in either form admits its texts only."""
    assert set(sources(opened.retrieve("独立站", regions=[region]))) == {"hz.txt"}


def test_ranks_are_those_of_each_channel_alone(opened: Assistant, tokenizer: Tokenizer) -> None:
    """The lexical rank counts the clauses whose BM25 score is higher, whatever was looked at."""
    hits = opened.retrieve("独立站补贴", top_k=8)
    scores = opened.snapshot.embedded.lexical.weighted(
        [
            {token: 1.0} | dict.fromkeys(Synonyms.load().of(token), SYNONYM_WEIGHT)
            for token in tokenizer.tokens("独立站补贴")
        ]
    )
    store = opened.snapshot.store
    for hit in hits:
        row = store.row_of_id(hit.clause.id)
        assert row is not None
        if scores[row] > 0:
            assert hit.ranks["lexical"] == 1 + int((scores > scores[row]).sum())
        else:
            assert "lexical" not in hit.ranks
    assert sorted(hit.ranks["dense"] for hit in hits) == list(range(1, len(hits) + 1))


def test_one_name_counts_as_a_list_of_one(opened: Assistant) -> None:
    """``regions="杭州"`` is what it looks like, not two characters; a moment counts as its day."""
    assert set(sources(opened.retrieve("独立站", regions="杭州"))) == {"hz.txt"}
    moment = datetime(2023, 6, 1, 12, tzinfo=UTC)
    assert set(sources(opened.retrieve("独立站", as_of=moment))) == {"cd.txt", "law.md"}


@pytest.mark.parametrize("name", ["cd.txt", "成都市扶持政策", "《成都市扶持政策》"])
def test_documents_are_filtered_by_source_or_title(opened: Assistant, name: str) -> None:
    """A document's source, or its title with or without brackets."""
    assert set(sources(opened.retrieve("独立站", documents=[name]))) == {"cd.txt"}


def test_as_of_leaves_out_what_came_later(opened: Assistant) -> None:
    """As of a day, texts that came into force after it are not there; expired ones still are."""
    assert set(sources(opened.retrieve("独立站", as_of=date(2023, 6, 1)))) == {"cd.txt", "law.md"}
    assert set(sources(opened.retrieve("独立站", as_of=date(2026, 6, 1)))) == set(FILES)


@pytest.mark.parametrize(
    "filters",
    [
        {"regions": ["上海"]},
        {"documents": ["none.txt"]},
        {"regions": []},
        {"regions": ["杭州"], "documents": ["cd.txt"]},
    ],
)
def test_a_filter_that_matches_nothing_gives_nothing(
    opened: Assistant, filters: dict[str, list[str]]
) -> None:
    """No document passes: no hits, and a refusal that says so."""
    assert opened.retrieve("独立站", **filters) == []  # type: ignore[arg-type]
    answer = opened.ask("独立站", **filters)  # type: ignore[arg-type]
    assert answer.abstained
    assert answer.reason == "filter_matches_nothing"
    assert answer.citations == ()
