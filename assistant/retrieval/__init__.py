"""Retrieval: question → hits."""

from assistant.retrieval.addressed import addressed
from assistant.retrieval.hit import ADDRESS, Hit
from assistant.retrieval.question import Kind, Question, check_question, place_of
from assistant.retrieval.retriever import Filters, Retriever, in_place

__all__ = [
    "ADDRESS",
    "Filters",
    "Hit",
    "Kind",
    "Question",
    "Retriever",
    "addressed",
    "check_question",
    "in_place",
    "place_of",
]
