"""The page: its layout and what happens on it.

In: an open :class:`~assistant.api.Assistant`. Out: a ``gradio.Blocks``. The conversation is kept in
the session's own state; the page shares nothing between its visitors but the assistant.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from typing import Any

import gradio as gr

from assistant.answering import Answer
from assistant.api import Assistant
from assistant.clauses import Clause, Heading
from assistant.errors import AssistantError, QuestionError
from assistant.page import doors, render
from assistant.page.words import PAGE
from assistant.reading import short_name
from assistant.settings import Settings

FONTS = (
    "system-ui",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "sans-serif",
)
"""Fonts that lie on the reader's machine; nothing is fetched."""
_EXAMPLES, _MAX_EXAMPLE = 4, 18
_LOOKED_THROUGH = 2_000
"""Clauses among which examples are sought."""
_TELLING = tuple(map(re.compile, (r"\d万元", "补贴|奖励|资助|补助", "支持|鼓励", "")))
"""What makes a clause a good example, the best first; the last is in every clause."""
_OTHER = {"zh": "en", "en": "zh"}

History = list[Answer]
Messages = list[dict[str, Any]]


def style() -> str:
    """The page's style sheet."""
    return files("assistant.page").joinpath("style.css").read_text("utf-8")


def script() -> str:
    """The source panel's script."""
    return files("assistant.page").joinpath("page.js").read_text("utf-8")


class Page:
    """The handlers of the page's events."""

    def __init__(self, assistant: Assistant, settings: Settings) -> None:
        self._assistant = assistant
        self._settings = settings

    def header(self, language: str) -> str:
        manifest = self._assistant.snapshot.manifest
        return render.header_html(manifest.documents, manifest.clauses, language)

    def submit(
        self, question: str, messages: Messages, history: History, language: str
    ) -> tuple[str, Messages, History, str, str]:
        """A question from the box: the emptied box, the conversation with the answer, the history,
        the source panel with the cited clauses, and the header, since the library may have changed.
        """
        words = PAGE[language]
        asked = {"role": "user", "content": render.question_html(question)}
        try:
            answer = self._assistant.ask(
                question, history=history, language="en" if language == "en" else "zh"
            )
        except QuestionError:
            said = self._question_error(question, words)
            if question.strip():
                messages = [*messages, asked]
            messages = [*messages, {"role": "assistant", "content": said}]
            return question, messages, history, self._no_cards(language), self.header(language)
        except AssistantError as error:
            said = words["failed"].format(message=render.escape(str(error)))
            messages = [*messages, asked, {"role": "assistant", "content": said}]
            return question, messages, history, self._no_cards(language), self.header(language)
        turn = len(history)
        said = render.answer_html(answer, turn, language)
        messages = [*messages, asked, {"role": "assistant", "content": said}]
        panel = render.cards_html(answer, turn, language, date.today())
        return "", messages, [*history, answer], panel, self.header(language)

    def _no_cards(self, language: str) -> str:
        return render.cards_html(None, 0, language, date.today())

    def _question_error(self, question: str, words: Any) -> str:
        text = question.strip()
        if len(text) > self._settings.max_question_chars:
            limit = self._settings.max_question_chars
            return str(words["long_question"]).format(count=f"{len(text):,}", limit=f"{limit:,}")
        return str(words["empty_question"])

    def open_clause(self, history: History, language: str, event: gr.EventData) -> tuple[str, int]:
        """A click on a citation: the document, open at the clause, the quotes marked; and the turn
        of the conversation that it belongs to."""
        turn = int(event.turn)
        answer = history[turn] if 0 <= turn < len(history) else None
        clause = _clause_in(answer, str(event.clause)) or self._assistant.clause(str(event.clause))
        quotes = [c for c in answer.citations if c.clause.id == clause.id] if answer else []
        store = self._assistant.snapshot.store
        row = store.row_of_id(clause.id)
        shown: list[Clause] = [clause]
        headings: tuple[Heading, ...] = ()
        if row is not None:  # else the index moved on and no longer holds it: it is shown alone
            document = int(store.clause_document[row])
            shown = [store.clause(other) for other in store.rows_of_document(document)]
            headings = store.headings(document)
            if store.clause(row).document.text != clause.document.text:
                quotes = []  # the file changed since: its offsets are no longer those
        html = render.document_html(
            shown[0].document, shown, headings, clause, quotes, language, date.today()
        )
        return html, turn

    def back(self, history: History, turn: int, language: str) -> str:
        """Back from a document to the clauses that the answer cites."""
        answer = history[turn] if 0 <= turn < len(history) else None
        return render.cards_html(answer, turn, language, date.today())

    def clear(self, language: str) -> tuple[History, str]:
        """The conversation was cleared: so are its history and the source panel."""
        return [], self._no_cards(language)


def _clause_in(answer: Answer | None, ident: str) -> Clause | None:
    """The clause with that id among those that an answer shows."""
    if answer is None:
        return None
    shown = [c.clause for c in answer.citations] + [hit.clause for hit in answer.nearest]
    return next((clause for clause in shown if clause.id == ident), None)


def examples(assistant: Assistant, language: str) -> list[str]:
    """Questions that the library answers, one for each place: on a measure with an amount where
    there is one, else on one with some benefit, else on any titled clause."""
    best: dict[str, tuple[int, str]] = {}
    store = assistant.snapshot.store
    for row in range(min(len(store), _LOOKED_THROUGH)):
        clause = store.clause(row)
        place = short_name(clause.document.region) or "".join(clause.document.aliases[:1])
        if not place or not 4 <= len(clause.heading) <= _MAX_EXAMPLE:
            continue
        rank = next(i for i, pattern in enumerate(_TELLING) if pattern.search(clause.text))
        if place not in best or rank < best[place][0]:
            best[place] = (rank, clause.heading)
    ordered = sorted(best.items(), key=lambda item: item[1][0])[:_EXAMPLES]
    return [
        PAGE[language]["example"].format(place=place, heading=heading)
        for place, (_, heading) in ordered
    ]


def build(
    assistant: Assistant, settings: Settings, rebuild: doors.Rebuild | None = None
) -> doors.Blocks:
    """The page over an open assistant. ``rebuild`` is what brings the library up to the documents
    folder, by default the assistant's own."""
    rebuild = rebuild or functools.partial(assistant.rebuild, settings.documents)
    page = Page(assistant, settings)
    language = settings.language
    words = PAGE[language]
    blocks = doors.Blocks(title=words["title"], analytics_enabled=False, fill_height=True)
    with blocks:
        lang = gr.State(language)
        history = gr.State([])
        turn = gr.State(0)
        with gr.Row(elem_id="top"):
            header = gr.HTML(page.header(language), elem_id="header")
            switch = gr.Button(words["language"], size="sm", elem_id="language", scale=0)
        with gr.Row(elem_id="main"):
            with gr.Column(scale=5, min_width=320):
                chat = gr.Chatbot(
                    label=words["chat"],
                    elem_id="chat",
                    height="calc(100vh - 15.6rem)",
                    min_height=300,
                    show_label=False,
                    buttons=[],
                    latex_delimiters=[],
                    placeholder=words["welcome"],
                    examples=[{"text": text} for text in examples(assistant, language)],
                    feedback_options=None,
                    layout="bubble",
                    autoscroll=False,  # the script shows the newest answer from its beginning
                )
                box = gr.Textbox(
                    placeholder=words["ask"],
                    label=words["ask_label"],
                    show_label=False,
                    lines=1,
                    max_lines=5,
                    submit_btn=words["send"],
                    autofocus=True,
                    elem_id="question",
                )
                care = gr.HTML(render.care_html(language), elem_id="care")
            with gr.Column(scale=6, min_width=320):
                source = gr.HTML(
                    render.cards_html(None, 0, language, date.today()),
                    elem_id="source",
                    js_on_load=script(),
                    apply_default_css=False,
                )

        asked = [box, chat, history, lang]
        shown = [box, chat, history, source, header]
        private: dict[str, Any] = {"api_visibility": "private"}
        box.submit(
            page.submit, asked, shown, show_progress="hidden", concurrency_limit=2, **private
        )

        def take_example(event: gr.SelectData) -> str:
            return str(event.value["text"])

        chat.example_select(take_example, None, box, **private).then(
            page.submit, asked, shown, show_progress="hidden", concurrency_limit=2, **private
        )
        source.open(
            page.open_clause, [history, lang], [source, turn], show_progress="hidden", **private
        )
        source.back(page.back, [history, turn, lang], source, show_progress="hidden", **private)
        chat.clear(page.clear, lang, [history, source], show_progress="hidden", **private)

        def switch_language(now: str, answers: History, at: int) -> Sequence[Any]:
            new = _OTHER[now]
            said = PAGE[new]
            return (
                new,
                page.header(new),
                gr.update(value=said["language"]),
                gr.update(label=said["chat"], placeholder=said["welcome"]),
                gr.update(
                    placeholder=said["ask"], label=said["ask_label"], submit_btn=said["send"]
                ),
                render.care_html(new),
                render.cards_html(
                    answers[at] if at < len(answers) else None, at, new, date.today()
                ),
            )

        switch.click(
            switch_language,
            [lang, history, turn],
            [lang, header, switch, chat, box, care, source],
            show_progress="hidden",
            **private,
        )
        doors.attach(assistant, settings, rebuild)
    return blocks
