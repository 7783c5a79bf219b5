"""Each step of understanding and ranking, left out: what it is worth on a small library."""

from __future__ import annotations

import pytest

from assistant import Assistant
from assistant.index import Tokenizer
from assistant.retrieval import Hit, Step, missing_address
from assistant.retrieval.question import Understanding
from tests.small import Library

TEXTS = {
    "hz.txt": (
        "杭州市扶持政策\n一、独立站。对自建独立站给予200万元补贴。\n二、海外仓。对租用海外仓给予补贴。\n"
        "三、运力券。对申领运力券的企业给予帮助。\n"
    ),
    "cd.txt": (
        "成都市扶持政策\n一、独立站。对自建独立站给予100万元补贴。\n二、园区。对园区给予奖励。\n"
        "三、独立站。对自建独立站给予补贴。\n四、独立站。对自建独立站给予补贴。\n"
    ),
    "law.md": "# 独立站促进条例\n第一条 支持独立站建设。\n第二条 外籍人员可以参加。\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer) -> Library:
    return Library(tmp_path_factory.mktemp("steps"), TEXTS, tokenizer)


@pytest.fixture(scope="module")
def opened(library: Library) -> Assistant:
    return library.open()


def read(assistant: Assistant) -> Understanding:
    return assistant._retriever.understanding


def named(hits: list[Hit]) -> list[str]:
    return [f"{hit.clause.source.partition('.')[0]} {hit.clause.number}" for hit in hits]


@pytest.mark.parametrize("step", list(Step))
def test_a_library_answers_without_any_one_step(library: Library, step: Step) -> None:
    """Whatever step is left out, there are hits in falling order and answers that verify."""
    opened = library.open(without={step})
    for question in (
        "杭州独立站补贴多少？",
        "《独立站促进条例》第一条说什么？",
        "杭州和成都的独立站",
        "獨立佔",
    ):
        hits = opened.retrieve(question)
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert opened.ask(question).text


def test_all_steps_may_be_left_out(library: Library) -> None:
    """Without any of them a question is still searched for."""
    assert library.open(without=set(Step)).retrieve("独立站补贴")[0].clause.heading == "独立站"


def test_traditional_characters(library: Library, opened: Assistant) -> None:
    """運力券 finds 运力券 by its word, and without the step does not."""
    assert "lexical" in opened.retrieve("運力券")[0].ranks
    without = library.open(without={Step.SIMPLIFIED, Step.SPELLING})
    assert read(without).read("運力券").topic == "運力券"
    assert read(opened).read("運力券").topic == "运力券"


def test_spelling(library: Library, opened: Assistant) -> None:
    """运利券 is taken for 运力券, and without the step is not."""
    assert read(opened).read("运利券").mended == "运力券"
    assert read(library.open(without={Step.SPELLING})).read("运利券").mended is None


def test_synonyms(library: Library, opened: Assistant) -> None:
    """老外 finds 外籍 by its meaning, and without the step does not."""
    assert any("lexical" in hit.ranks for hit in opened.retrieve("老外"))
    without = library.open(without={Step.SYNONYMS})
    assert not any("lexical" in hit.ranks for hit in without.retrieve("老外"))
    assert read(opened).also("老外")
    assert read(without).also("老外") == ()


def test_places(library: Library, opened: Assistant) -> None:
    """A place that is named raises its clauses by the bonus; without the step nothing does."""
    question = "成都的海外仓"
    assert opened.retrieve(question)[0].clause.source == "cd.txt"
    assert named(library.open(without={Step.PLACES}).retrieve(question))[0] == "hz 二"


def test_titles(library: Library, opened: Assistant) -> None:
    """A document that is named comes first; without the step the best words do."""
    question = "《独立站促进条例》对自建独立站给予200万元补贴"
    assert opened.retrieve(question)[0].clause.source == "law.md"
    assert named(library.open(without={Step.TITLES}).retrieve(question))[0] == "hz 一"


def test_addresses(library: Library, opened: Assistant) -> None:
    """The clause whose address is given is first, in a channel of its own, or in none."""
    question = "《独立站促进条例》第二条"
    assert opened.retrieve(question)[0].ranks["address"] == 1
    assert opened.retrieve(question)[0].clause.number == "第二条"
    without = library.open(without={Step.ADDRESS}).retrieve(question)
    assert all("address" not in hit.ranks for hit in without)


def test_neighbours(library: Library, opened: Assistant) -> None:
    """A clause beside a good one gains something, none loses."""
    question = "自建独立站给予补贴"
    plain = {hit.clause.id: hit.score for hit in library.open(without={Step.NEIGHBOURS, Step.DUPLICATES}).retrieve(question)}  # fmt: skip
    raised = {hit.clause.id: hit.score for hit in library.open(without={Step.DUPLICATES}).retrieve(question)}  # fmt: skip
    assert plain.keys() == raised.keys()
    assert all(raised[one] >= plain[one] - 1e-9 for one in plain)
    assert any(raised[one] > plain[one] + 1e-9 for one in plain)


def test_shares(library: Library, opened: Assistant) -> None:
    """Two places that are named take turns at the head of the hits."""
    question = "成都和杭州对自建独立站给予补贴"
    turns = [hit.clause.source for hit in opened.retrieve(question)[:4]]
    assert {*turns[:2]} == {*turns[2:4]} == {"hz.txt", "cd.txt"}
    without = library.open(without={Step.SHARES})
    assert sorted(named(without.retrieve(question))) == sorted(named(opened.retrieve(question)))


def test_duplicates(library: Library, opened: Assistant) -> None:
    """Of 三 and 四, which say the same, one goes behind the first five others."""
    question = "成都对自建独立站给予补贴"
    without = named(library.open(without={Step.DUPLICATES}).retrieve(question))
    assert abs(without.index("cd 三") - without.index("cd 四")) == 1
    found = named(opened.retrieve(question))
    assert max(found.index("cd 三"), found.index("cd 四")) == 5


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("杭州政策第十六条说什么？", "杭州政策第十六条"),
        (
            "杭州扶持政策第十六条说什么？",
            "杭州扶持政策第十六条",
        ),
        ("《独立站促进条例》第九条怎么规定？", "《独立站促进条例》第九条"),
        ("《独立站促进条例》第二条怎么规定？", ""),
        ("第九条怎么规定？", ""),
        ("杭州对独立站有什么补贴？", ""),
        ("杭州第十六条生产线补贴多少？", ""),
        ("杭州政策（三十）", "杭州政策(三十)"),
        ("根据杭州政策第十六条，补贴多少？", "杭州政策第十六条"),
        ("杭州对（三十）类企业怎么补贴？", ""),
        ("杭州政策（2025）有什么补贴？", ""),
        ("（三十）杭州有什么补贴？", ""),
        ("杭州2023、24年有补贴吗？", ""),
        ("《关于第三十条的公告》杭州", ""),
        ("杭州政策第十六条里独立站补贴多少？", ""),
    ],
)
def test_an_address_that_no_clause_has(opened: Assistant, question: str, missing: str) -> None:
    """The address of a place or a document that does not exist is told; a number that is none, or
    one that asks for more, is left to the search."""
    assert missing_address(opened.snapshot.store, read(opened).read(question)) == missing
    if missing:
        answer = opened.ask(question)
        assert answer.reason == "clause_not_found"
        assert missing in answer.explanation[0]


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("美国政府给补贴吗", ("美国",)),
        ("日本有补贴吗", ("日本",)),
        ("越南呢", ("越南",)),
        ("在美国注册商标有补贴吗", ()),
        ("出口到日本有补贴吗", ()),
        ("卖到俄罗斯有奖励吗", ()),
    ],
)
def test_countries(opened: Assistant, text: str, foreign: tuple[str, ...]) -> None:
    """A country is a place that is asked of, or one that is only dealt with."""
    assert read(opened).read(text).foreign == foreign


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("独立站补贴多少？海外仓呢", ("独立站补贴多少", "海外仓呢")),
        ("独立站补贴多少？谢谢！", ("独立站补贴多少",)),
        ("独立站；海外仓；园区", ("独立站", "海外仓", "园区")),
        ("独立站", ("独立站",)),
        ("？！", ()),
    ],
)
def test_the_questions_in_a_text(opened: Assistant, text: str, parts: tuple[str, ...]) -> None:
    """Sentences with words of their own; thanks are none."""
    assert read(opened).read(text).parts == parts


def test_plain_words_are_those_of_the_dictionary(tokenizer: Tokenizer) -> None:
    """What jieba only guesses is cut into words that it knows; nothing is lost."""
    for text in ("仓要租多大才行", "最多能领多少", "海外仓补贴9810", "挎境电商"):
        words = tokenizer.plain_words(text)
        assert "".join(words) == text
        assert all(len(w) == 1 or w.isascii() or tokenizer.frequency(w) for w in words)
    assert "海外仓" in tokenizer.plain_words("租海外仓")
    assert tokenizer.plain_words("，。！") == []
