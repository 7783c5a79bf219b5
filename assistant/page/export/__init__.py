"""Conversations to take along: as Markdown, as a Word file, and one answer as plain text.

In: the answers of a conversation. They are laid out once (:mod:`.outline`), as blocks
(:mod:`.blocks`); each form writes the same blocks.
"""

from __future__ import annotations

from assistant.page.export.markdown import markdown_of
from assistant.page.export.plain import plain_of
from assistant.page.export.word import docx_of

__all__ = ["docx_of", "markdown_of", "plain_of"]
