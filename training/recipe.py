"""What is tried: everything that a training may be done with, and the variants that were compared.

Each variant changes one thing of :data:`BASE`; what was measured stands in ``docs/adapter.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an adapter is trained."""

    rank: int = 16
    scale: float = 2.0
    """The adapter's product is multiplied by it."""
    strength: float = 0.6
    """The share of the product that is kept in the end: between the plain weights (0) and the
    trained ones (1), as the mean of weights is."""
    learning_rate: float = 5e-4
    epochs: int = 4
    batch: int = 32
    temperature: float = 0.02
    hard: int = 1
    """Hard negatives for each question, beside those of the batch."""
    guesses: int = 60
    """They are drawn from so many first guesses of each retriever."""
    same: float = 0.97
    """Articles with a higher cosine to a relevant one are no negatives: statutes repeat each
    other."""
    keep: float = 10.0
    """Weight of 1 − the cosine of each article's vector to that of the plain weights."""
    fragments: int = 48
    """Sentences of articles, alone, that are held near their plain vectors by the same weight:
    they are as short and as bare as those that the index looks at."""
    level: float = 100.0
    """Weight of the squared differences between a question's cosines to articles at random and
    those that the plain weights give. Without it all cosines of a question fall, of each question
    by as much as it likes, and no longer tell what is foreign."""
    others: int = 512
    """So many articles at random, by their plain vectors."""
    structure: int = 0
    """Pairs of an article's first sentence and its rest in each step."""
    structure_weight: float = 0.3
    query_tokens: int = 64
    article_tokens: int = 128
    seed: int = 0


BASE = Recipe()
RECIPES: dict[str, Recipe] = {
    "base": BASE,
    "structure": replace(BASE, structure=24),
    "no keeping": replace(BASE, keep=0.0),
    "no level": replace(BASE, level=0.0),
    "no fragments": replace(BASE, fragments=0),
    "no hard negatives": replace(BASE, hard=0),
}
