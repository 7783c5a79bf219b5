"""Retrieval: question → hits."""

from assistant.retrieval.addressed import addressed, missing_address
from assistant.retrieval.arrange import with_first
from assistant.retrieval.filters import Filters, in_place
from assistant.retrieval.hit import ADDRESS, Hit
from assistant.retrieval.kinds import Kind
from assistant.retrieval.question import Question, Understanding, check_question, place_of
from assistant.retrieval.reranker import CrossEncoderReranker, Reranker
from assistant.retrieval.retriever import Retriever
from assistant.retrieval.steps import NOTHING, Step
from assistant.retrieval.synonyms import Synonyms

__all__ = [
    "ADDRESS",
    "NOTHING",
    "CrossEncoderReranker",
    "Filters",
    "Hit",
    "Kind",
    "Question",
    "Reranker",
    "Retriever",
    "Step",
    "Synonyms",
    "Understanding",
    "addressed",
    "check_question",
    "in_place",
    "missing_address",
    "place_of",
    "with_first",
]
