"""What the tests of answers share: the five documents with the fake encoder."""

from __future__ import annotations

import pytest

from assistant import Assistant
from assistant.index import Tokenizer
from tests.small import FIVE, Library


@pytest.fixture(scope="session")
def fake_assistant(tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer) -> Assistant:
    """An assistant over the five documents whose vectors cost nothing."""
    return Library(tmp_path_factory.mktemp("five"), FIVE, tokenizer).open()
