"""Answering: hits → an answer with citations, or a refusal."""

from assistant.answering.answer import Answer, Citation, Reason, TableRow
from assistant.answering.respond import Responder

__all__ = ["Answer", "Citation", "Reason", "Responder", "TableRow"]
