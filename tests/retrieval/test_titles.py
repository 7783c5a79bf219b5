"""Documents that a question names by their titles."""

from __future__ import annotations

import pytest

from assistant import Assistant
from assistant.index import Tokenizer
from assistant.index.entry import Entry
from assistant.retrieval import Step
from assistant.retrieval.question import Understanding
from assistant.retrieval.titles import Titles
from assistant.text import fold
from tests.conftest import documents_of
from tests.small import FIVE, Library

TEXTS = {
    "a.txt": "梅市跨境电商发展三年行动计划\n一、独立站。支持独立站建设。\n二、海外仓。支持海外仓建设。\n",
    "b.txt": "梅市跨境电商发展三年行动计划实施细则\n一、独立站。独立站给予补贴。\n二、园区。支持园区建设。\n",
    "c.txt": "兰市独立站管理办法\n一、独立站。独立站应当备案。\n二、处罚。逾期处罚。\n",
}


def titles_of(*texts: str) -> Titles:
    return Titles([Entry.of(document) for text in texts for document in documents_of(text)])


@pytest.fixture(scope="module")
def titles() -> Titles:
    return titles_of(*TEXTS.values())


@pytest.mark.parametrize(
    ("question", "rows", "unheld", "rest"),
    [
        ("《梅市跨境电商发展三年行动计划》说什么", (0,), (), "说什么"),
        ("《梅市跨境电商发展三年行动计划实施细则》说什么", (1,), (), "说什么"),
        ("《兰市独立站管理办法》和《梅市跨境电商发展三年行动计划》", (2, 0), (), "和"),
        ("《独立站管理办法》怎么罚", (2,), (), "怎么罚"),
        ("《跨境电商发展三年行动计划》说什么", (0, 1), (), "说什么"),
        ("《兰市 独立站 管理办法》怎么罚", (2,), (), "怎么罚"),
        ("《兰市独立站管理办法（试行）》怎么罚", (2,), (), "怎么罚"),
        ("《兰市独立站办法》怎么罚", (2,), (), "怎么罚"),
        ("《竹市海外仓条例》怎么罚", (), ("竹市海外仓条例",), "《竹市海外仓条例》怎么罚"),
        ("《办法》怎么罚", (), ("办法",), "《办法》怎么罚"),
        ("《兰市独立站管理办法》与《海外仓条例》", (2,), ("海外仓条例",), "与《海外仓条例》"),
        ("《》怎么罚", (), (), "《》怎么罚"),
        ("《没有关上怎么罚", (), (), "《没有关上怎么罚"),
        ("兰市独立站管理办法怎么罚", (2,), (), "兰市独立站管理办法怎么罚"),
        ("独立站怎么备案", (), (), "独立站怎么备案"),
    ],
)
def test_titles_in_a_question(
    titles: Titles, question: str, rows: tuple[int, ...], unheld: tuple[str, ...], rest: str
) -> None:
    """In full, in part, by a short form, without brackets; one that is not held is told."""
    named = titles.named(fold(question))
    assert (named.documents, named.unheld, named.rest) == (rows, unheld, rest)


def test_no_library_names_nothing() -> None:
    """Without documents every title in brackets is one that is not held."""
    named = Titles([]).named("《梅市办法》说什么")
    assert (named.documents, named.unheld) == ((), ("梅市办法",))


@pytest.mark.parametrize(
    ("question", "sources"),
    [
        ("嘉兴的实施方案说什么", {"jiaxing-implementation-plan.txt"}),
        ("成都三年行动计划的目标", {"chengdu-three-year-plan.txt"}),
        ("深圳的行动方案怎么说", {"shenzhen-action-plan.txt"}),
        ("杭州的行动计划", {"hangzhou-action-plan.txt"}),
        ("城综试区实施方案", {"cheng-zone-plan.txt"}),
        ("深圳的管理办法", set()),
        ("实施方案", set()),
        ("嘉兴的补贴", set()),
    ],
)
def test_a_kind_of_text_beside_a_place_names_it(
    of_five: Understanding, opened_five: Assistant, question: str, sources: set[str]
) -> None:
    """嘉兴的实施方案 is the one text of that kind of that place; a kind without a place is none."""
    rows = of_five.read(question).documents
    assert {opened_five.documents[row].source for row in rows} == sources


@pytest.mark.parametrize("source", sorted(FIVE))
def test_every_document_is_named_by_its_own_title(
    of_five: Understanding, opened_five: Assistant, source: str
) -> None:
    """A document's printed title in brackets leads to it, and to nothing of another file."""
    for row, document in enumerate(opened_five.documents):
        if document.source == source and document.printed_title:
            found = of_five.read(f"《{document.title}》说什么").documents
            assert row in found
            assert {opened_five.documents[one].source for one in found} == {source}


def test_a_title_steers_the_ranking(
    tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer
) -> None:
    """Hits of the document named come first; without the step they need not."""
    library = Library(tmp_path_factory.mktemp("titles"), TEXTS, tokenizer)
    question = "《兰市独立站管理办法》对独立站给予补贴吗"
    assert library.open().retrieve(question)[0].clause.source == "c.txt"
    without = library.open(without={Step.TITLES})
    assert without._retriever.understanding.read(question).documents == ()
    assert without.retrieve("独立站给予补贴")[0].clause.source == "b.txt"


def test_a_title_that_is_not_held_is_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer
) -> None:
    """《竹市…》 gives no answer from another text, and the refusal says which title it was."""
    opened = Library(tmp_path_factory.mktemp("unheld"), TEXTS, tokenizer).open()
    answer = opened.ask("《竹市海外仓条例》对独立站给予补贴吗")
    assert answer.reason == "document_not_held"
    assert "《竹市海外仓条例》" in answer.explanation[0]
