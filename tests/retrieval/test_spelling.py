"""Slips of spelling: what is mended, and above all what is left alone."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant import Assistant, split_clauses
from assistant.index import Tokenizer
from assistant.retrieval import Step
from assistant.retrieval.question import FUNCTION_WORDS, Understanding
from assistant.retrieval.spelling import Speller
from assistant.text import fold, sentences
from tests.conftest import GOLD, examples
from tests.small import FIVE, Library


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("挎境电商补贴", "跨境电商补贴"),
        ("跨镜电商", "跨境电商"),
        ("独立占补贴", "独立站补贴"),
        ("杭洲独立站", "杭州独立站"),
        ("甚圳的园区", "深圳的园区"),
        ("嘉心的补贴", "嘉兴的补贴"),
        ("产业圆怎么认定", "产业园怎么认定"),
        ("运利券能领多少", "运力券能领多少"),
        ("保税苍的面积", "保税仓的面积"),
        ("出口退睡", "出口退税"),
        ("宗试区", "综试区"),
        ("数字化传型", "数字化转型"),
        ("找哪个商务句", "找哪个商务局"),
        ("奖厉多少", "奖励多少"),
        ("直拨基地", "直播基地"),
        ("挎境电商的独立占", "跨境电商的独立站"),
        ("补帖多少", "补贴多少"),
        ("租海外苍", "租海外仓"),
    ],
)  # fmt: skip
def test_a_word_of_the_same_sound_is_mended(of_five: Understanding, typed: str, meant: str) -> None:
    """What no text holds and sounds like a word of the library is taken for that word."""
    assert of_five.read(typed).mended == meant


@pytest.mark.parametrize(
    "text",
    [
        "税务局在哪里",
        "红烧肉怎么炖",
        "我想离婚孩子归谁",
        "手续费多少",
        "支付宝能收款吗",
        "拼多多开店",
        "亚马逊被封号",
        "周末去爬山",
        "小明和小红",
        "成渝双城",
        "shopify",
        "挎着包去开会",
    ],
)
def test_what_is_no_slip_is_left_alone(of_five: Understanding, text: str) -> None:
    """Words of the language, names and sentences of other matters stay as they are typed."""
    assert of_five.read(text).mended is None


WRONGLY = {
    "进口的税先不交现钱，网上开个保函顶着，嘉兴试不试？",
    "市场采购贸易，成都和深圳各怎么用，杭州提了吗？",
}
"""Questions without a slip that are mended as yet: a rare reading of a character is taken."""


def _questions() -> Iterator[str]:
    for name in ("questions", "own", "lay", "refusals", "compare"):
        for line in (GOLD / f"{name}.jsonl").read_text("utf-8").splitlines():
            yield json.loads(line)["question"]


def test_questions_without_a_slip_are_left_alone(
    of_five: Understanding, tokenizer: Tokenizer, opened_five: Assistant
) -> None:
    """No question of the gold files whose words are all known is changed, nor one of more than a
    few of the others."""
    vocabulary = set(opened_five.snapshot.embedded.lexical.vocabulary)
    known = [
        text
        for text in _questions()
        if all(
            len(word) == 1 or tokenizer.frequency(word) or word in vocabulary
            for word in tokenizer.words(text)
        )
    ]
    assert len(known) > 100
    assert {text for text in known if of_five.read(text).mended} <= WRONGLY
    others = set(_questions()) - set(known) - WRONGLY
    assert sum(of_five.read(text).mended is not None for text in others) <= 2


@pytest.mark.parametrize("text", sorted(WRONGLY))
def test_questions_that_are_mended_wrongly(of_five: Understanding, text: str) -> None:
    """A word that runs over two others is no slip."""
    assert of_five.read(text).mended is None


def _own_sentences(opened: Assistant) -> Iterator[str]:
    for document in opened.documents:
        for clause in split_clauses(document):
            for start, end in sentences(document.text, clause.start, clause.end):
                yield document.text[start:end]


OWN_WORDS = ("统计方式", "链属企业", "示范省")
"""Words of the documents themselves that are mended as yet."""


def test_the_documents_own_words_are_left_alone(
    of_five: Understanding, opened_five: Assistant
) -> None:
    """Nothing that stands in the library is a slip."""
    texts = list(_own_sentences(opened_five))
    assert len(texts) > 500
    changed = [text for text in texts if of_five.read(text).mended]
    assert all(any(word in text for word in OWN_WORDS) for text in changed)


@pytest.mark.parametrize("word", OWN_WORDS)
def test_own_words_that_are_mended(of_five: Understanding, word: str) -> None:
    """统计方式 stands in a text, so it is no slip for 统计分析."""
    assert any(word in fold(text) for text in FIVE.values())
    assert of_five.read(word).mended is None


@given(
    st.lists(
        st.sampled_from(
            sorted(
                {
                    *"的了吗呢",
                    "跨境",
                    "电商",
                    "补贴",
                    "企业",
                    "海外仓",
                    "杭州",
                    "多少",
                    "红烧肉",
                    "奖励",
                    "谁",
                    "负责",
                    "shopify",
                    "9810",
                    " ",
                    "，",
                    "？",
                }
            )
        ),
        max_size=9,
    ).map("".join)
)
@settings(max_examples=examples(80), deadline=None)
@example("")
def test_mending_keeps_the_length_and_is_done_once(of_five: Understanding, text: str) -> None:
    """A mended text is as long as the typed one and needs no further mending."""
    speller = of_five._speller
    assert speller is not None
    boundaries = of_five._tokenizer.boundaries
    folded = fold(text)
    mended = speller.mend(folded, boundaries(folded))
    assert len(mended) == len(folded)
    assert speller.mend(mended, boundaries(mended)) == mended


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tiktoc", "tiktok"),
        ("shoppify", "shopify"), ("shopify", "shopify"), ("paypal", "paypal"), ("shop", "shop")],
)  # fmt: skip
def test_latin_words_are_compared_by_their_letters(typed: str, meant: str) -> None:
    """A Latin word that no text holds becomes the one that differs by a letter or so."""
    speller = Speller(["shopify", "tiktok", "跨境"], lambda word: word == "跨境")
    assert speller.mend(typed, frozenset((0, len(typed)))) == meant


def test_a_run_with_a_function_word_is_left_alone() -> None:
    """的境 is no slip for 得境: function words are cut off, not mended."""
    speller = Speller(["跨境"], lambda word: word == "跨境", frozenset("的"))
    assert speller.mend("挎境", frozenset((0, 1, 2))) == "跨境"
    assert speller.mend("挎的境", frozenset((0, 1, 2, 3))) == "挎的境"
    assert "的" in FUNCTION_WORDS


def test_nothing_is_mended_to_a_word_that_is_none() -> None:
    """What the tokenizer only guessed to be a word of the library is not what was meant."""
    assert Speller(["跨境"], lambda _: False).mend("挎境", frozenset((0, 2))) == "挎境"


def test_an_answer_says_how_it_read_the_question(five: Library, opened_five: Assistant) -> None:
    """``understood_as`` is the mended question, and stands in the text; without the step it is not
    mended."""
    answer = opened_five.ask("杭州的运利券最多能领多少？")
    assert answer.understood_as == "杭州的运力券最多能领多少?"
    assert answer.understood_as in answer.text
    assert answer.question == "杭州的运利券最多能领多少？"
    assert "运力券" in answer.citations[0].quote
    unmended = five.open(without={Step.SPELLING}).ask("杭州的运利券最多能领多少？")
    assert unmended.understood_as is None
