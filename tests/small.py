"""Small libraries with the fake encoder, for tests that need one of their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from assistant import Assistant, Settings
from assistant.index import Builder, Tokenizer
from assistant.progress import silent
from assistant.retrieval import NOTHING, Step
from tests.conftest import DOCUMENTS, FakeEncoder

FIVE = {path.name: path.read_text("utf-8") for path in sorted(DOCUMENTS.glob("*.txt"))}
"""The five documents, by the names of their files."""


class Library:
    """An index of some texts, which can be opened in several ways."""

    def __init__(self, folder: Path, texts: Mapping[str, str], tokenizer: Tokenizer) -> None:
        self._folder = folder
        self._tokenizer = tokenizer
        self._encoder = FakeEncoder()
        (folder / "documents").mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / "documents" / name).write_text(text, "utf-8")
        settings = self._settings()
        builder = Builder(settings, self._encoder, tokenizer, silent)
        builder.build(settings.documents, settings.index)

    def open(self, *, without: Collection[Step] = NOTHING, **settings: Any) -> Assistant:
        """The library, ``without`` those steps, with those ``settings``."""
        made = self._settings(**settings)
        return Assistant.with_parts(
            made.index, made, self._encoder, self._tokenizer, frozenset(without)
        )

    def _settings(self, **given: Any) -> Settings:
        return Settings.load(
            documents=self._folder / "documents",
            index=self._folder / "index",
            cache_dir=Settings.load().cache_dir,
            **given,
        )
