"""Clauses: a policy text → the units that a reader would cite."""

from assistant.clauses.clause import Clause, Heading, Outline
from assistant.clauses.split import CLAUSE_RULES, read_outline, responsible_span, split_clauses

__all__ = [
    "CLAUSE_RULES",
    "Clause",
    "Heading",
    "Outline",
    "read_outline",
    "responsible_span",
    "split_clauses",
]
