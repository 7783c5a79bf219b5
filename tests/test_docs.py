"""The reference pages in ``docs/`` are those of this program."""

from __future__ import annotations

import pytest

from docs.generate import HERE, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_is_up_to_date(name: str) -> None:
    """Each page is what ``python docs/generate.py`` writes."""
    assert (HERE / name).read_text("utf-8") == PAGES[name](), "run: python docs/generate.py"
