"""Documents as searches are steered and limited by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.index.entry import Entry
from assistant.retrieval.catalogue import Catalogue
from assistant.retrieval.filters import Filters
from assistant.retrieval.question import place_of
from tests.conftest import documents_of

(PLAIN,) = documents_of("某某办法\n第一条 甲。\n第二条 乙。\n")
DAYS = [None, date(2019, 5, 1), date(2024, 7, 1)]
PLACES = [
    ("", (), ()),
    ("杭州市", ("浙江省", "杭州市"), ()),
    ("余杭区", ("浙江省", "杭州市", "余杭区"), ()),
    ("", (), ("城综试区", "试验区")),
    ("成都市", ("四川省", "成都市"), ("天府新区",)),
]


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    count = draw(st.integers(0, 12))
    made = []
    for row in range(count):
        region, places, aliases = draw(st.sampled_from(PLACES))
        made.append(
            Entry.of(
                replace(
                    PLAIN,
                    source=f"{row}.txt",
                    title=draw(st.sampled_from(["甲办法", "乙办法"])),
                    region=region,
                    places=places,
                    aliases=aliases,
                    effective_from=draw(st.sampled_from(DAYS)),
                    published=draw(st.sampled_from(DAYS)),
                )
            )
        )
    return made


@given(
    entries(),
    st.none() | st.lists(st.sampled_from(["杭州", "杭州市", "浙江", "城综试区", "宁波"]), max_size=2),
    st.none() | st.lists(st.sampled_from(["甲办法", "《乙办法》", "3.txt", " 4.txt", "丙"]), max_size=2),
    st.none() | st.sampled_from([date(2019, 5, 1), date(2020, 1, 1), date(2030, 1, 1)]),
)  # fmt: skip
def test_what_filters_admit_is_what_each_document_says(
    some: list[Entry],
    regions: list[str] | None,
    documents: list[str] | None,
    day: date | None,
) -> None:
    """Looked up by place, name and day: the same as to ask each document."""
    filters = Filters(regions, documents, day)
    expected = [row for row, entry in enumerate(some) if filters.admits(entry)]
    catalogue = Catalogue(some)
    rows = catalogue.admitted(filters)
    assert rows.tolist() == expected
    names = [place_of(some[row]) for row in expected]
    assert catalogue.places(rows) == tuple(dict.fromkeys(n for place in names for n in place))
    assert catalogue.main_places(rows) == tuple(dict.fromkeys(p[0] for p in names if p))


@pytest.mark.parametrize(
    ("places", "steer"),
    [
        ((), [0, 0, 0, 0, 0]),
        (("杭州",), [0, 1, -1, -1, -1]),
        (("试验区", "成都"), [0, -1, -1, 1, 1]),
        (("宁波",), [0, -1, -1, -1, -1]),
    ],
)
def test_places_that_are_named_steer(places: tuple[str, ...], steer: list[int]) -> None:
    """1 for a document of such a place, −1 for one of another, 0 for a text of no place."""
    some = [
        Entry.of(replace(PLAIN, region=region, places=within, aliases=aliases))
        for region, within, aliases in PLACES
    ]
    found = Catalogue(some).steer(places)
    assert found.dtype == np.int8
    assert found.tolist() == steer
