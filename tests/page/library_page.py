"""A page with nothing but the library tab, as a process: ``python -m tests.page.library_page``.

The encoder is the small fake, and waits while there is a file ``hold`` in the folder, so that a build
can be looked at while it goes on. A visitor with the cookie ``visitor=guest`` may not edit.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request

from assistant import Assistant, Settings
from assistant.index import Builder, Tokenizer
from assistant.index.dense import Vectors
from assistant.page.app import FONTS
from assistant.page.app import style as page_style
from assistant.page.library import Library, tab
from assistant.page.library.uploads import router
from assistant.progress import silent
from tests.conftest import FakeEncoder

_OPENS = """
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=document], button[name=clause]");
  if (button) element.querySelector("p").textContent = `${button.name} ${button.value}`;
});
"""
"""Stands for the page's own script: what would be opened in the source panel is written there."""


class HeldEncoder(FakeEncoder):
    """Encodes nothing while a file is there."""

    def __init__(self, hold: Path) -> None:
        super().__init__()
        self._hold = hold

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        while self._hold.exists():
            time.sleep(0.02)
        return super().encode_passages(texts)


def may_edit(request: Request) -> bool:
    """Everybody but a guest."""
    return request.cookies.get("visitor") != "guest"


def page(folder: Path) -> FastAPI:
    """The page over ``folder/documents``."""
    settings = Settings.load(documents=folder / "documents", index=folder / "index", batch_size=1)
    encoder, tokenizer = HeldEncoder(folder / "hold"), Tokenizer(settings.cache_dir)
    report = Builder(settings, encoder, tokenizer, silent).build(settings.documents, settings.index)
    assistant = Assistant.with_parts(settings.index, settings, encoder, tokenizer)
    library = Library(assistant, settings, report)
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    with gr.Blocks(title="library", analytics_enabled=False) as blocks:
        language = gr.State("zh")
        switch = gr.Button("中文/English", elem_id="language", size="sm")
        with gr.Row():
            with gr.Column(scale=5, min_width=320), gr.Tabs():
                with gr.Tab("对话"):
                    gr.HTML("<p>…</p>")
                with gr.Tab("文件库") as opened:
                    shown = tab.add(
                        assistant, settings, library, language, may_edit=may_edit, upload_limit_mb=1
                    )
            with gr.Column(scale=6, min_width=320):
                gr.HTML("<p></p>", elem_id="source", js_on_load=_OPENS)
        outputs = list(shown.outputs)

        def refresh(now: str, request: gr.Request) -> tuple[Any, ...]:
            assert request.request is not None
            return shown.refresh(now, may_edit(request.request))

        def switched(now: str, request: gr.Request) -> tuple[Any, ...]:
            new = "en" if now == "zh" else "zh"
            return (new, *refresh(new, request))

        blocks.load(refresh, language, outputs, **private)
        opened.select(refresh, language, outputs, **private)
        switch.click(switched, language, [language, *outputs], **private)
    app = FastAPI()
    app.include_router(router(library, settings, may_edit, upload_limit_mb=1))

    @app.post("/rebuild")
    def rebuild() -> str:
        """The folder was changed from outside, for the next test."""
        return library.rebuild().generation

    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        css=page_style() + tab.style(),
        theme=gr.themes.Default(primary_hue="zinc", neutral_hue="zinc", font=FONTS),
        footer_links=[],
    )
    return mounted


if __name__ == "__main__":
    uvicorn.run(page(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
