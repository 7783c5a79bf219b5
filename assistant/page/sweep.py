"""What Gradio keeps of visitors who are gone.

For each session Gradio makes a copy of the whole page's settings, and lets go of it only when
there are ten thousand; a call by plain HTTP is a session, too. Here they go when they are over:
of a call the settings when it is answered, the rest after some minutes; a page some time after it
is closed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

import gradio as gr

MOST = 2_000
"""Sessions that are kept at most; the one that was used longest ago makes room."""
CLOSED = timedelta(hours=1)
"""How long the conversation of a page that was closed is kept, for whoever comes back to it."""
UNFETCHED = timedelta(minutes=10)
"""How long an answer waits for the program that asked."""
_EVERY = 60.0
_CALL = re.compile(r"[0-9a-f]{32}")
"""The id of a call, which is that of its session; pages and Gradio's clients have others."""


def forget(blocks: gr.Blocks, session: str) -> None:
    """Lets go of all that is kept of a session."""
    queue = blocks._queue  # noqa: SLF001 - Gradio has no way of its own to do this
    blocks.state_holder.session_data.pop(session, None)
    blocks.state_holder.time_last_used.pop(session, None)
    queue.pending_messages_per_session.pop(session, None)
    queue.pending_event_ids_session.pop(session, None)


def sweep(blocks: gr.Blocks, ahead: timedelta = timedelta(0)) -> int:
    """Forgets the sessions that are over, or will be so much later; how many there were."""
    holder = blocks.state_holder
    now = datetime.now() + ahead  # noqa: DTZ005 - Gradio notes it so
    over = []
    for session, used in list(holder.time_last_used.items()):
        state = holder.session_data.get(session)
        is_call = bool(_CALL.fullmatch(session))
        gone = is_call or state is None or state.is_closed
        if gone and now - used > (UNFETCHED if is_call else CLOSED):
            over.append(session)
    for session in over:
        forget(blocks, session)
    return len(over)


@asynccontextmanager
async def sweeping(blocks: gr.Blocks) -> AsyncIterator[None]:
    """Sweeps now and then, for as long as it is entered."""

    async def again() -> None:
        while True:
            await asyncio.sleep(_EVERY)
            sweep(blocks)

    task = asyncio.create_task(again())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
