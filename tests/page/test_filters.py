"""What a visitor limits questions to."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qs, urlencode

import pytest

from assistant.page.filters import Limits, day_of

BOTH = Limits(("杭州", "成都"), ("a.txt", "b.txt"), date(2025, 6, 30), ("甲", "乙"))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-06-30", date(2025, 6, 30)),
        ("2025/6/30", date(2025, 6, 30)),
        ("2025年6月30日", date(2025, 6, 30)),
        (" 2025.06.30 ", date(2025, 6, 30)),
        ("2025-02-30", None),
        ("2025-06", None),
        ("明天", None),
        ("99999-1-1", None),
        ("", None),
        (None, None),
    ],
)
def test_a_day_is_read_as_people_write_it(text: str | None, day: date | None) -> None:
    """Several ways of writing a day; what is none is ``None``, never an error."""
    assert day_of(text) == day


def test_each_filter_can_be_taken_away_alone() -> None:
    """One place, one document or the day goes, the others stay, titles with their sources."""
    assert BOTH.without("region", "杭州").regions == ("成都",)
    left = BOTH.without("document", "a.txt")
    assert (left.documents, left.names) == (("b.txt",), ("乙",))
    assert BOTH.without("as_of", "2025-06-30").as_of is None
    assert not BOTH.without("all", "")
    assert BOTH.without("region", "上海") == BOTH


def test_a_permanent_link_keeps_the_filters() -> None:
    """What a link gives is what was set."""
    query = parse_qs(urlencode(BOTH.query()))
    assert Limits.of_query(query, {"a.txt": "甲", "b.txt": "乙"}) == BOTH


def test_no_filter_is_no_limit() -> None:
    """Empty ones are not handed on as limits that admit nothing."""
    assert Limits().arguments() == {"regions": None, "documents": None, "as_of": None}
    assert not Limits()
    assert Limits(as_of=date(2025, 1, 1))
