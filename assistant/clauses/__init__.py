"""Clauses: a policy text → the units that a reader would cite."""

from assistant.clauses.clause import Clause, Heading, Outline, Reference
from assistant.clauses.conditions import Condition
from assistant.clauses.quantities import Kind as QuantityKind
from assistant.clauses.quantities import Limit, Quantity, quantities_in
from assistant.clauses.references import link, linked, titles_of
from assistant.clauses.split import CLAUSE_RULES, read_outline, responsible_span, split_clauses

__all__ = [
    "CLAUSE_RULES",
    "Clause",
    "Condition",
    "Heading",
    "Limit",
    "Outline",
    "Quantity",
    "QuantityKind",
    "Reference",
    "link",
    "linked",
    "quantities_in",
    "read_outline",
    "responsible_span",
    "split_clauses",
    "titles_of",
]
