"""Nasty texts, each a file of ``tests/nasty`` named for what it shows.

Behind a line of ``=====`` stand the clauses that it must give: number, headings above (· for none)
and text (⏎ for a line break).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.clauses import Clause, read_outline
from tests.conftest import clauses_of, documents_of

NASTY = Path(__file__).parent.parent / "nasty"
MARK = "\n=====\n"


def shown(clause: Clause) -> str:
    """A clause on one line, as the files give it."""
    text = clause.text.replace("\n", "⏎")
    return " | ".join((clause.number or "·", " > ".join(clause.path) or "·", text))


@pytest.mark.parametrize("path", sorted(NASTY.glob("*.txt")), ids=lambda path: path.stem)
def test_nasty_texts_are_cut_where_a_lawyer_would(path: Path) -> None:
    """Number, headings and text of each clause of each nasty text."""
    text, _, expected = path.read_text("utf-8").partition(MARK)
    found = [
        shown(clause)
        for document in documents_of(text)
        for clause in read_outline(document).clauses
    ]
    assert found == expected.strip().split("\n")


def test_an_article_of_400_lines_is_one_clause() -> None:
    """However long an article is, and whatever is listed in it, it is cited whole."""
    items = "".join(f"（{i}）第{i}种情形。\n" for i in range(1, 400))
    text = f"第一条　有下列情形之一的：\n{items}第二条　本办法自公布之日起施行。\n"
    first, second = clauses_of(text)
    assert (first.number, first.text.count("\n")) == ("第一条", 399)
    assert second.number == "第二条"


@pytest.mark.parametrize("gap", [1, 3, 30, 300])
def test_an_excerpt_may_leave_out_articles(gap: int) -> None:
    """The articles that an excerpt gives are found, however many lie between two of them."""
    from assistant.clauses.numerals import chinese_numeral

    numbers = [2, 2 + gap, 2 + 2 * gap, 3 + 2 * gap]
    text = "".join(f"第{chinese_numeral(n)}条　企业应当备案{n}。\n" for n in numbers)
    assert [c.number for c in clauses_of(text)] == [f"第{chinese_numeral(n)}条" for n in numbers]
