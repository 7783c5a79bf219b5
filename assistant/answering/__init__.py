"""Answering: hits → an answer with citations, or a refusal."""

from assistant.answering.answer import Answer, Citation, Fact, Reason, TableRow
from assistant.answering.compose import by_clause, fact_line
from assistant.answering.respond import Responder
from assistant.answering.serialise import answer_data, clause_data, document_data, hit_data

__all__ = [
    "Answer",
    "Citation",
    "Fact",
    "Reason",
    "Responder",
    "TableRow",
    "answer_data",
    "by_clause",
    "clause_data",
    "document_data",
    "fact_line",
    "hit_data",
]
