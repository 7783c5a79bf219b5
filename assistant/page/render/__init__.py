"""What the page shows → HTML.

Every text of a document, a file's name or a question goes through :func:`escape`; nothing of them
ever becomes markup. Clicks are named, not wired: a ``<button name="clause" value="ID:TURN">``, a
``<button name="document" value="SOURCE#ROW">`` or an ``<a data-open="ID">`` opens that clause or
document in the source panel, wherever on the page it stands (``page.js``).
"""

from assistant.page.render.answers import answer_html, question_html, said_html
from assistant.page.render.finding import browse_html, hits_html, subject_html
from assistant.page.render.frame import care_html, chips_html, header_html
from assistant.page.render.markup import escape, marked, validity_html
from assistant.page.render.source import DocumentView, cards_html, gone_html

__all__ = [
    "DocumentView",
    "answer_html",
    "browse_html",
    "cards_html",
    "care_html",
    "chips_html",
    "escape",
    "gone_html",
    "header_html",
    "hits_html",
    "marked",
    "question_html",
    "said_html",
    "subject_html",
    "validity_html",
]
