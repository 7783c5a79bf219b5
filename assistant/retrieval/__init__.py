"""Retrieval: question → hits."""

from assistant.retrieval.hit import Hit
from assistant.retrieval.question import Kind, Question, check_question, place_of
from assistant.retrieval.retriever import Filters, Retriever, in_place

__all__ = [
    "Filters",
    "Hit",
    "Kind",
    "Question",
    "Retriever",
    "check_question",
    "in_place",
    "place_of",
]
