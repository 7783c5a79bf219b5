"""The chat page, and how it is served."""

from __future__ import annotations

import errno
import socket
from contextlib import nullcontext
from typing import Protocol

from assistant.api import Assistant, build_index
from assistant.errors import ServerError
from assistant.index import BuildReport
from assistant.progress import ProgressCallback, silent
from assistant.settings import Settings
from assistant.terminal import in_one_line
from assistant.watch import Outcome, Watcher

__all__ = ["prepare"]


class Launch(Protocol):
    """Serves the page until it is interrupted. Raises :class:`ServerError` for a port in use."""

    def __call__(self, *, open_browser: bool = False) -> None: ...


def prepare(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    progress: ProgressCallback = silent,
) -> Launch:
    """Brings the index up to date and loads the encoder; what it returns serves the page on
    ``host``:``port``.

    Raises :class:`~assistant.errors.AssistantError`, :class:`ServerError` for a port in use.
    """
    _check_port(host, port)  # before the minute that a first build takes
    report = build_index(settings.documents, settings.index, settings=settings, progress=progress)
    assistant = Assistant.open(settings.index, settings=settings, progress=progress, following=True)
    assistant.warm_up()

    def launch(*, open_browser: bool = False) -> None:
        for reason in report.files_failed.values():
            print(f"Not read: {reason}", flush=True)  # noqa: T201 - said to who started the page
        watcher = Watcher(
            settings.documents, lambda: assistant.rebuild(settings.documents), _Told(report)
        )
        with watcher if settings.watch else nullcontext():
            _serve(assistant, settings, host, port, open_browser=open_browser)

    return launch


class _Told:
    """Says on the terminal what the index now holds, and what could not be read."""

    def __init__(self, report: BuildReport) -> None:
        self._generation = report.generation

    def __call__(self, outcome: Outcome) -> None:
        if isinstance(outcome, BuildReport):
            if outcome.generation == self._generation:
                return
            self._generation = outcome.generation
            lines = [
                in_one_line(outcome),
                *map("Not read: {}".format, outcome.files_failed.values()),
            ]
        else:
            lines = [f"The index stays as it is: {outcome}"]
        for line in lines:
            print(line, flush=True)  # noqa: T201 - said to who started the page


def _serve(
    assistant: Assistant, settings: Settings, host: str, port: int, *, open_browser: bool
) -> None:
    import gradio as gr  # noqa: PLC0415 - heavy

    from assistant.page.app import FONTS, build
    from assistant.page.feedback import Feedback
    from assistant.page.find import Finder
    from assistant.page.layout import style  # noqa: PLC0415

    blocks = build(
        assistant,
        settings,
        Finder(assistant, lambda store: ()),
        Feedback.open(settings.feedback) if settings.feedback else None,
    )
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host  # noqa: S104
    print(f"The chat is at http://{shown}:{port}/ (Ctrl-C stops it)", flush=True)  # noqa: T201
    try:
        blocks.launch(
            server_name=host,
            server_port=port,
            inbrowser=open_browser,
            quiet=True,
            share=False,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            ssr_mode=False,
            theme=gr.themes.Default(primary_hue="zinc", neutral_hue="zinc", font=FONTS),
            css=style(),
        )
    except OSError as error:
        raise _cannot_listen(host, port, error) from error


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise _cannot_listen(host, port, error) from error


def _cannot_listen(host: str, port: int, error: OSError) -> ServerError:
    if error.errno in (errno.EADDRINUSE, errno.EACCES) or isinstance(error, PermissionError):
        return ServerError(
            f"{host}:{port} can't be listened on ({error.strerror or error}).",
            f"Take another port: assistant chat --port {port + 1 if port < 65_535 else 7_860}",
        )
    return ServerError(
        f"{host} is no address of this machine ({error.strerror or error}).",
        "Take one that is: assistant chat --host 127.0.0.1",
    )
