"""What the tests of retrieval share: the five documents with the fake encoder."""

from __future__ import annotations

import pytest

from assistant import Assistant
from assistant.index import Tokenizer
from assistant.retrieval.question import Understanding
from tests.small import FIVE, Library


@pytest.fixture(scope="session")
def five(tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer) -> Library:
    """The five documents, indexed with vectors that cost nothing."""
    return Library(tmp_path_factory.mktemp("five"), FIVE, tokenizer)


@pytest.fixture(scope="session")
def opened_five(five: Library) -> Assistant:
    return five.open()


@pytest.fixture(scope="session")
def of_five(opened_five: Assistant) -> Understanding:
    """How questions to the five documents are understood."""
    return opened_five._retriever.understanding
