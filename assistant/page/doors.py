"""The doors for programs: what may be asked of the library from outside.

:class:`Doors` answers plain values with plain values; over plain HTTP anything may come, so each
argument is looked at. :func:`attach` makes Gradio endpoints of them, ``rest.py`` one-step HTTP,
``tools.py`` tools for language models. Every failure is one sentence, without a path of this
machine.
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any, Literal, Protocol

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.components.api_component import Api
from gradio.context import Context
from gradio.utils import get_function_params

from assistant.answering import answer_data, clause_data, document_data, hit_data
from assistant.api import Assistant
from assistant.errors import (
    AssistantError,
    ClauseNotFoundError,
    DoorError,
    IndexBusyError,
    NoDocumentsError,
    UsageError,
)
from assistant.index import BuildReport
from assistant.page.library.reasons import without_paths
from assistant.page.visitor import Visitor, visitor_of
from assistant.settings import Settings

_MOST_HITS, _MOST_NAMES, _LONGEST_NAME = 100, 100, 300
_log = logging.getLogger(__name__)


class Rebuild(Protocol):
    """Brings the index up to the documents folder, and the answers up to the index."""

    def __call__(self, *, full: bool = False) -> BuildReport: ...


class Doors:
    """What programs may ask. Each method raises :class:`AssistantError`; :func:`said` makes the
    sentence of it that may go out."""

    def __init__(self, assistant: Assistant, settings: Settings, rebuild: Rebuild) -> None:
        self._assistant = assistant
        self._settings = settings
        self._rebuild = rebuild

    def ask(
        self,
        question: str,
        regions: list[str] | None = None,
        documents: list[str] | None = None,
        as_of: str | None = None,
        language: Literal["zh", "en"] | None = None,
    ) -> dict[str, Any]:
        """Answer a question about the policies of the library, word for word from their clauses.

        Args:
            question: the question, in Chinese.
            regions: only texts of these places, with or without 市 or 省.
            documents: only these documents (sources or titles).
            as_of: answer as of this day (YYYY-MM-DD); by default today.
            language: zh or en, that of the words around the quotes.

        Returns:
            The answer: its text, whether it is a refusal (abstained) and why (reason), and each citation with its quote, address and clause.
        """  # noqa: E501 - Gradio reads each line of "Returns" as one value
        return answer_data(
            self._assistant.ask(
                _text("question", question),
                regions=_names("regions", regions),
                documents=_names("documents", documents),
                as_of=_day("as_of", as_of),
                language=_language(language),
            )
        )

    def ask_within(
        self,
        question: str,
        regions: list[str] | None = None,
        documents: list[str] | None = None,
        as_of: str | None = None,
    ) -> dict[str, Any]:
        """The same as ask, for programs written for it.

        Args:
            question: the question, in Chinese.
            regions: only texts of these places.
            documents: only these documents (sources or titles).
            as_of: answer as of this day (YYYY-MM-DD).

        Returns:
            The answer: its text, and each citation with its quote, address and clause.
        """
        return self.ask(question, regions, documents, as_of)

    def retrieve(
        self,
        question: str,
        top_k: int = 10,
        regions: list[str] | None = None,
        documents: list[str] | None = None,
        as_of: str | None = None,
    ) -> list[dict[str, Any]]:
        """Find the clauses that are nearest to a question, the best first, without answering it.

        Args:
            question: the question, in Chinese.
            top_k: how many clauses, 1 to 100.
            regions: only texts of these places, with or without 市 or 省.
            documents: only these documents (sources or titles).
            as_of: leave out what came into force or was published after this day (YYYY-MM-DD).

        Returns:
            The hits: each with its score (higher is nearer), its rank in each channel, and the clause.
        """  # noqa: E501
        hits = self._assistant.retrieve(
            _text("question", question),
            top_k=_number("top_k", top_k, _MOST_HITS),
            regions=_names("regions", regions),
            documents=_names("documents", documents),
            as_of=_day("as_of", as_of),
        )
        return [hit_data(hit) for hit in hits]

    def clause(self, address_or_id: str) -> dict[str, Any]:
        """Look up a clause by its address or its id, and get its whole text.

        Args:
            address_or_id: an address as people write it, like 《…》（三） or 杭州 附件 （十二）, or the id that a citation or a hit gives.

        Returns:
            The clause: its id, address, headings above it (path), number, text, and its document.
        """  # noqa: E501
        wanted = _text("address_or_id", address_or_id)
        if len(wanted) > _LONGEST_NAME:
            raise DoorError(f"address_or_id: {len(wanted):,} characters are no address.")
        return clause_data(self._assistant.clause(wanted))

    def documents(self) -> dict[str, Any]:
        """List the documents of the library, with their places, dates and state of validity.

        Returns:
            The generation of the index, counts, each document with its number of clauses and its validity today (in_force, not_yet, expired, unknown), and the files that could not be read with the reason.
        """  # noqa: E501
        snapshot = self._assistant.snapshot
        today = date.today()
        entries = []
        for row, document in enumerate(snapshot.store.documents_without_text()):
            about = document_data(document)
            del about["origins"]  # they quote the text, which is not here
            about["validity"] = validity(document.effective_from, document.effective_to, today)
            about["clauses"] = len(snapshot.store.rows_of_document(row))
            entries.append(about)
        return {
            "generation": snapshot.manifest.generation,
            "clauses": snapshot.manifest.clauses,
            "documents": entries,
            "failed": {
                source: without_paths(why) for source, why in snapshot.manifest.failed.items()
            },
        }

    def rebuild(self, visitor: Visitor, full: bool = False) -> dict[str, Any]:  # noqa: D417 - no argument of the endpoint
        """Bring the index up to the documents folder; questions are answered meanwhile. Only for those who may edit the library.

        Args:
            full: make everything anew, also what has not changed.

        Returns:
            What was done: files added, changed, removed, unchanged and failed (with the reason), clauses, seconds, and the generation that answers now.
        """  # noqa: E501
        if not visitor.may_edit:
            raise DoorError(
                "Only those who may edit the library can rebuild it.",
                "Whoever runs the page names them: assistant chat --editors NAME.",
                forbidden=True,
            )
        if not isinstance(full, bool):
            raise DoorError("full: true or false is expected.")
        report = asdict(self._rebuild(full=full))
        failed = report["files_failed"]
        return {**report, "files_failed": {one: without_paths(failed[one]) for one in failed}}


def validity(begins: date | None, ends: date | None, today: date) -> str:
    """How a text stands today: ``expired``, ``not_yet``, ``in_force``, or ``unknown`` where it
    does not say when it begins or ends."""
    if ends is not None and ends < today:
        return "expired"
    if begins is not None and begins > today:
        return "not_yet"
    return "unknown" if begins is None and ends is None else "in_force"


def said(error: AssistantError) -> str:
    """The sentence that may go out: what the caller did wrong, but nothing of this machine."""
    if isinstance(error, UsageError | ClauseNotFoundError):
        return str(error)
    if isinstance(error, IndexBusyError):
        return "Another build is under way. Try again when it is done."
    if isinstance(error, NoDocumentsError):
        return "There are no documents that could be read. Put policy files into the folder."
    _log.warning("A call from another program failed: %s", error)
    return "The library can't be used now. Whoever runs the page finds the reason on the terminal."


class Blocks(gr.Blocks):
    """Gradio's page, whose endpoints may be called with the first values alone, and which takes no
    files but by the upload of our own."""

    doors: Doors | None = None

    async def process_api(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """A call by plain HTTP is a session of its own, for which Gradio would keep a copy of the
        whole page's settings; it is over with its answer."""
        try:
            return await super().process_api(*args, **kwargs)
        finally:
            session = kwargs.get("session_hash")
            if session and session == kwargs.get("event_id"):
                self.state_holder.session_data.pop(session, None)

    def validate_inputs(self, block_fn: BlockFunction, inputs: list[Any]) -> None:
        """Fills ``inputs`` up with an endpoint's defaults: over plain HTTP Gradio itself takes no
        fewer values than there are. Raises ``gr.Error`` where a value is missing or too much, and
        for what Gradio would take for a file: one of this machine, or one to fetch from another."""
        if _holds_file(inputs):
            raise gr.Error("Files are not taken here.", print_exception=False)
        if block_fn.outputs and all(isinstance(one, Api) for one in block_fn.outputs):
            known = get_function_params(block_fn.fn or (lambda: None))
            if len(inputs) > len(known):
                names = ", ".join(name for name, *_ in known) or "none"
                raise gr.Error(
                    f"{len(inputs)} values came; what is taken: {names}.", print_exception=False
                )
            for name, has_default, default, _ in known[len(inputs) :]:
                if not has_default:
                    raise gr.Error(f"{name}: it is missing.", print_exception=False)
                inputs.append(default)
        super().validate_inputs(block_fn, inputs)


def attach(assistant: Assistant, settings: Settings, rebuild: Rebuild) -> Doors:
    """Adds the endpoints ``/ask``, ``/ask_within``, ``/retrieve``, ``/clause``, ``/documents`` and
    ``/rebuild`` to the page that is being made; what comes back is also its ``doors``."""
    doors = Doors(assistant, settings, rebuild)

    def rebuild_for(request: gr.Request, full: bool = False) -> dict[str, Any]:
        return doors.rebuild(visitor_of(request), full)

    rebuild_for.__doc__ = Doors.rebuild.__doc__
    for name in ("ask", "ask_within", "retrieve", "clause", "documents"):
        _endpoint(getattr(doors, name), name, "doors", 2)
    _endpoint(rebuild_for, "rebuild", "rebuild", 1)
    page = Context.root_block
    if isinstance(page, Blocks):
        page.doors = doors
    return doors


def _endpoint(call: Callable[..., Any], name: str, group: str, at_once: int) -> None:
    """Makes an endpoint of a call; those of a group share how many run at once."""

    @functools.wraps(call)
    def answered(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except AssistantError as error:
            raise gr.Error(said(error), print_exception=False) from error

    gr.events.api(
        answered,
        api_name=name,
        api_description=inspect.getdoc(call),  # with all parameters, and what comes back
        concurrency_id=group,
        concurrency_limit=at_once,
    )


def _holds_file(value: Any) -> bool:
    """Whether a value holds what Gradio takes for a file."""
    if isinstance(value, dict):
        meta = value.get("meta")
        kind = meta.get("_type") if isinstance(meta, dict) else None
        return kind == "gradio.FileData" or any(map(_holds_file, value.values()))
    return isinstance(value, list) and any(map(_holds_file, value))


def _text(name: str, given: Any) -> str:
    if not isinstance(given, str):
        raise DoorError(f"{name}: a text is expected.")
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise DoorError(f"{name}: this is no valid text.", "Send it in UTF-8.") from error
    return given


def _names(name: str, given: Any) -> list[str] | None:
    if given is None:
        return None
    if not (isinstance(given, list) and all(isinstance(item, str) for item in given)):
        raise DoorError(f"{name}: a list of names is expected.")
    if len(given) > _MOST_NAMES or any(len(item) > _LONGEST_NAME for item in given):
        raise DoorError(
            f"{name}: at most {_MOST_NAMES} names of {_LONGEST_NAME} characters are taken."
        )
    return [_text(name, item) for item in given]


def _day(name: str, given: Any) -> date | None:
    if given is None or given == "":
        return None
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError) as error:
        shown = str(given)[:40]
        raise DoorError(f"{name}: {shown} is no day; write it like 2026-01-31.") from error


def _number(name: str, given: Any, most: int) -> int:
    if isinstance(given, float) and given.is_integer():
        given = int(given)  # JSON knows no whole numbers
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= most:
        raise DoorError(f"{name}: a whole number from 1 to {most} is expected.")
    return given


def _language(given: Any) -> Literal["zh", "en"] | None:
    if given not in (None, "zh", "en"):
        raise DoorError("language: zh or en is expected.")
    chosen: Literal["zh", "en"] | None = given
    return chosen
