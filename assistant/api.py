"""The Python API: build an index, open it, ask."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from pathlib import Path
from typing import Literal, Self

from assistant.answering import Answer, Responder
from assistant.clauses import Clause
from assistant.errors import AssistantError, ClauseNotFoundError, IndexAwayError
from assistant.index import (
    Builder,
    BuildPlan,
    BuildReport,
    Encoder,
    LazyEncoder,
    Snapshot,
    Tokenizer,
    current_id,
    rules_of,
)
from assistant.index.engine import engine_of
from assistant.index.lookup import find_clause, nearest_addresses
from assistant.progress import ProgressCallback, silent
from assistant.reading import Document
from assistant.retrieval import (
    NOTHING,
    CrossEncoderReranker,
    Filters,
    Hit,
    Retriever,
    Step,
    Synonyms,
    check_question,
)
from assistant.settings import Settings

_log = logging.getLogger(__name__)


def build_index(
    documents_dir: str | Path,
    index_dir: str | Path,
    *,
    settings: Settings | None = None,
    progress: ProgressCallback | None = None,
    full: bool = False,
) -> BuildReport:
    """Brings the index in ``index_dir`` up to the files of ``documents_dir``.

    ``index_dir`` may be missing or empty. ``progress`` is called as the work goes on; ``full``
    encodes everything anew. What can't be read is listed in the report; the rest is built.

    Raises :class:`~assistant.errors.AssistantError`; the index in use is then the old one.
    """
    settings = settings or Settings.load()
    report = progress or silent
    encoder = LazyEncoder.of(settings, report)
    builder = Builder(settings, encoder, Tokenizer(settings.cache_dir), report)
    return builder.build(Path(documents_dir), Path(index_dir), full=full)


def plan_build(
    documents_dir: str | Path, index_dir: str | Path, *, settings: Settings | None = None
) -> BuildPlan:
    """What :func:`build_index` would do; nothing is written to find out, and no encoder loaded.

    Raises :class:`~assistant.errors.NoDocumentsError` where there is no file.
    """
    settings = settings or Settings.load()
    encoder = LazyEncoder.of(settings)
    builder = Builder(settings, encoder, Tokenizer(settings.cache_dir), silent)
    return builder.plan(Path(documents_dir), Path(index_dir))


class Assistant:
    """Answers from an index. :meth:`open` makes one; it may be used from several threads.

    It holds one generation of the index until :meth:`refresh` takes over a newer one; where it is
    ``following``, it does so by itself between questions. A question that is being answered ends
    with the generation that it began with.
    """

    def __init__(
        self,
        index: Path,
        settings: Settings,
        encoder: Encoder,
        tokenizer: Tokenizer,
        snapshot: Snapshot,
        without: AbstractSet[Step] = NOTHING,
        *,
        following: bool = False,
    ) -> None:
        self._index = index
        self._following = following
        self._unusable: str | None = None
        self._settings = settings
        self._encoder = encoder
        self._tokenizer = tokenizer
        self._without = without
        self._synonyms = Synonyms.load(settings.synonyms)
        self._reranker = (
            CrossEncoderReranker(settings.reranker, settings.device) if settings.reranker else None
        )
        self._refreshing = threading.Lock()
        self._responder, self._retriever = self._over(snapshot)

    @classmethod
    def open(
        cls,
        index_dir: str | Path,
        *,
        settings: Settings | None = None,
        progress: ProgressCallback | None = None,
        without: AbstractSet[Step] = NOTHING,
        following: bool = False,
    ) -> Self:
        """Opens the index in ``index_dir``. The encoder is loaded with the first question, or by
        :meth:`warm_up`. ``without`` leaves out steps of the retrieval, to measure what they are
        worth. ``following``: a newer index is taken over by itself.

        Raises :class:`~assistant.errors.IndexStateError` where there is no index that this program
        and these settings can use.
        """
        settings = settings or Settings.load()
        encoder = LazyEncoder.of(settings, progress or silent)
        tokenizer = Tokenizer(settings.cache_dir)
        return cls.with_parts(
            Path(index_dir), settings, encoder, tokenizer, without, following=following
        )

    @classmethod
    def with_parts(
        cls,
        index: Path,
        settings: Settings,
        encoder: Encoder,
        tokenizer: Tokenizer,
        without: AbstractSet[Step] = NOTHING,
        *,
        following: bool = False,
    ) -> Self:
        """Opens the index in ``index`` with an encoder and a tokenizer that are there already."""
        rules = rules_of(encoder.fingerprint, tokenizer.fingerprint)
        snapshot = Snapshot.open(index, rules, engine_of(settings))
        return cls(index, settings, encoder, tokenizer, snapshot, without, following=following)

    def _over(self, snapshot: Snapshot) -> tuple[Responder, Retriever]:
        retriever = Retriever(
            snapshot,
            self._encoder,
            self._tokenizer,
            synonyms=self._synonyms,
            reranker=self._reranker,
            without=self._without,
        )
        responder = Responder(retriever, self._tokenizer, citations=self._settings.citations)
        return responder, retriever

    @property
    def generation(self) -> str:
        """The id of the generation that answers."""
        return self._retriever.snapshot.manifest.generation

    @property
    def documents(self) -> Sequence[Document]:
        """The documents of the library, each read when it is asked for."""
        return self._retriever.documents

    @property
    def snapshot(self) -> Snapshot:
        """The generation that answers, open."""
        return self._retriever.snapshot

    @property
    def tokenizer(self) -> Tokenizer:
        """What cuts texts and questions into words; its dictionary is loaded once."""
        return self._tokenizer

    def warm_up(self) -> None:
        """Loads the encoder and the tokenizer, so that the first question need not wait."""
        self._tokenizer.tokens("预热")
        self._encoder.encode_queries(["预热"])

    def retrieve(
        self,
        question: str,
        *,
        top_k: int = 10,
        regions: Collection[str] | None = None,
        documents: Collection[str] | None = None,
        as_of: date | None = None,
    ) -> list[Hit]:
        """The best ``top_k`` clauses for ``question``, best first.

        ``regions`` are place names with or without 市 or 省, ``documents`` sources or titles;
        ``as_of`` leaves out what came into force or was published later. Filters that match no
        document give no hits. Raises :class:`~assistant.errors.QuestionError`.
        """
        self._follow()
        retriever = self._retriever
        text = check_question(question, self._settings.max_question_chars)
        understood = retriever.understanding.read(text)
        filters = Filters.of(regions, documents, as_of)
        return retriever.search(understood, retriever.encode(understood), top_k, filters)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Answer] = (),
        regions: Collection[str] | None = None,
        documents: Collection[str] | None = None,
        as_of: date | None = None,
        language: Literal["zh", "en"] | None = None,
    ) -> Answer:
        """The answer to ``question``: quotes from the clauses that answer, or a refusal.

        ``history`` are the earlier answers of the conversation, oldest first; the filters are
        those of :meth:`retrieve`. Whether a text has run out is judged on ``as_of``, or today.
        ``language`` is that of the words around the quotes (that of the settings where not given).
        Raises :class:`~assistant.errors.QuestionError`.
        """
        self._follow()
        text = check_question(question, self._settings.max_question_chars)
        filters = Filters.of(regions, documents, as_of)
        return self._responder.respond(
            text,
            history=history,
            filters=filters,
            today=filters.as_of or date.today(),
            language=language or self._settings.language,
        )

    def clause(self, address_or_id: str) -> Clause:
        """The clause with that id, or at that address (《…》（三）; 杭州 附件 （十二）).

        Raises :class:`~assistant.errors.ClauseNotFoundError`, which lists the candidates where the
        address fits several clauses, and the nearest where it fits none.
        """
        self._follow()
        store = self._retriever.snapshot.store
        clause = find_clause(store, address_or_id)
        if clause is None:
            near = nearest_addresses(store, address_or_id)
            raise ClauseNotFoundError(
                f"There is no clause {address_or_id!r}.",
                f"Nearest: {'; '.join(near)}."
                if near
                else "See the addresses of a file: assistant inspect documents/FILE",
            )
        return clause

    def refresh(self) -> bool:
        """Takes over a newer generation of the index if there is one; whether it did."""
        with self._refreshing:
            if current_id(self._index) in (None, self.generation):
                return False
            rules = rules_of(self._encoder.fingerprint, self._tokenizer.fingerprint)
            snapshot = Snapshot.open(self._index, rules, engine_of(self._settings))
            self._responder, self._retriever = self._over(snapshot)
            return True

    def rebuild(
        self,
        documents_dir: str | Path,
        *,
        progress: ProgressCallback | None = None,
        full: bool = False,
    ) -> BuildReport:
        """:func:`build_index` for this index, with the encoder that is loaded here already; then
        takes it over. Questions are answered meanwhile."""
        builder = Builder(self._settings, self._encoder, self._tokenizer, progress or silent)
        report = builder.build(Path(documents_dir), self._index, full=full)
        self.refresh()
        return report

    def _follow(self) -> None:
        """Takes over a newer generation, if this is wanted; one that can't be used is told once,
        and the old one goes on answering."""
        if not self._following:
            return
        ident = current_id(self._index)
        if ident in (None, self.generation, self._unusable):
            return
        try:
            self.refresh()
        except IndexAwayError as error:  # it may be back with the next question
            _log.warning("The newer index is not used yet: %s", error)
        except AssistantError as error:
            self._unusable = ident
            _log.warning("The newer index is not used: %s", error)
