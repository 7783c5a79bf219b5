"""The chat page, and how it is served."""

from __future__ import annotations

from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from assistant.api import Assistant, build_index
from assistant.errors import IndexMissingError
from assistant.index import BuildReport, current_id
from assistant.progress import ProgressCallback, silent
from assistant.settings import Settings
from assistant.terminal import Unread, in_one_line
from assistant.watch import Outcome, Watcher

__all__ = ["prepare"]


class Launch(Protocol):
    """Serves the page until it is interrupted. Raises :class:`~assistant.errors.ServerError` for a
    port that somebody has taken meanwhile."""

    def __call__(self, *, open_browser: bool = False) -> None: ...


def prepare(
    settings: Settings,
    *,
    progress: ProgressCallback = silent,
) -> Launch:
    """Brings the index up to date and loads the encoder; what it returns serves the page as the
    settings say.

    Raises :class:`~assistant.errors.AssistantError`: :class:`~assistant.errors.ServerError` for a
    port in use and for an address that others could reach without a login.
    """
    from assistant.page.listen import check_port  # noqa: PLC0415 - only who serves needs it
    from assistant.page.serving import Serving  # noqa: PLC0415

    serving = Serving.of(settings)
    serving.check()  # all this before the minute that a first build takes
    check_port(serving.host, serving.port)
    if serving.users:
        from assistant.page.users import Users  # noqa: PLC0415

        Users(serving.users)
    if serving.mcp:
        from assistant.page.tools import check_installed  # noqa: PLC0415

        check_installed()
    report = build_index(settings.documents, settings.index, settings=settings, progress=progress)
    assistant = Assistant.open(settings.index, settings=settings, progress=progress, following=True)
    assistant.warm_up()

    def launch(*, open_browser: bool = False) -> None:
        for reason in report.files_failed.values():
            print(f"Not read: {reason}", flush=True)  # noqa: T201 - said to who started the page
        from assistant.page.app import build, may_edit  # noqa: PLC0415 - Gradio is heavy
        from assistant.page.library import Library  # noqa: PLC0415
        from assistant.page.library.uploads import router  # noqa: PLC0415
        from assistant.page.serve import serve  # noqa: PLC0415

        library = Library(assistant, settings, report)
        watcher = Watcher(settings.documents, library.rebuild, _Told(report))
        blocks = build(assistant, settings, library)
        uploads = router(library, settings, may_edit, upload_limit_mb=settings.upload_limit_mb)
        with watcher if settings.watch else nullcontext():
            serve(
                blocks,
                serving,
                health=lambda: health_of(assistant, settings.index),
                routers=[uploads],
                open_browser=open_browser,
            )

    return launch


class _Told:
    """Says on the terminal what the index now holds, and what could not be read."""

    def __init__(self, report: BuildReport) -> None:
        self._generation = report.generation
        self._unread = Unread(report)

    def __call__(self, outcome: Outcome) -> None:
        if isinstance(outcome, BuildReport):
            if outcome.generation == self._generation:
                return
            self._generation = outcome.generation
            lines = [in_one_line(outcome), *self._unread.news(outcome)]
        else:
            lines = [f"The index stays as it is: {outcome}"]
        for line in lines:
            print(line, flush=True)  # noqa: T201 - said to who started the page


def health_of(assistant: Assistant, index: Path) -> dict[str, Any]:
    """What answers now. Raises :class:`~assistant.errors.IndexStateError` where the index in
    ``index`` can't be read."""
    if current_id(index) is None:
        raise IndexMissingError(f"There is no index in {index}.", "Build it: assistant build")
    manifest = assistant.snapshot.manifest
    if manifest.clauses:
        assistant.snapshot.store.clause(0)
    return {
        "version": version("policy-assistant"),
        "generation": manifest.generation,
        "documents": manifest.documents,
        "clauses": manifest.clauses,
    }
