"""Clauses: a policy text → the units that a reader would cite."""

from assistant.clauses.clause import Clause, Heading, Outline, Reference
from assistant.clauses.quantities import Kind, Limit, Quantity
from assistant.clauses.references import link
from assistant.clauses.split import CLAUSE_RULES, read_outline, responsible_span, split_clauses

__all__ = [
    "CLAUSE_RULES",
    "Clause",
    "Heading",
    "Kind",
    "Limit",
    "Outline",
    "Quantity",
    "Reference",
    "link",
    "read_outline",
    "responsible_span",
    "split_clauses",
]
