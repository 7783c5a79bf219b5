"""Index: clauses → what is searched, on disk."""

from assistant.index.build import Builder, BuildPlan, BuildReport, rules_of
from assistant.index.encoder import (
    Encoder,
    LazyEncoder,
    SentenceEncoder,
    fingerprint,
    load_encoder,
    load_sentence_encoder,
)
from assistant.index.generation import current_id
from assistant.index.manifest import Manifest, Rules
from assistant.index.snapshot import Snapshot
from assistant.index.store import Store
from assistant.index.tokens import Tokenizer

__all__ = [
    "BuildPlan",
    "BuildReport",
    "Builder",
    "Encoder",
    "LazyEncoder",
    "Manifest",
    "Rules",
    "SentenceEncoder",
    "Snapshot",
    "Store",
    "Tokenizer",
    "current_id",
    "fingerprint",
    "load_encoder",
    "load_sentence_encoder",
    "rules_of",
]
