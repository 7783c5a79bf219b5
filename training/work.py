"""What all trainings share: STARD, what plain retrievers make of it, a folder for what is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assistant.index import Tokenizer, bundled
from assistant.settings import Settings
from training.corpus import Plain, plain_of
from training.learner import Learner
from training.recipe import BASE, Recipe
from training.stard import Stard
from training.train import Data, train

_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Work:
    """``model`` is the folder of the bundled weights, ``out`` that of what is made."""

    stard: Stard
    plain: Plain
    model: Path
    out: Path

    @classmethod
    def open(cls, stard: Path, out: Path) -> Work:
        """Reads STARD; encodes it with the plain encoder, unless that is done."""
        settings = Settings.load()
        model = bundled.model_folder(settings.cache_dir)
        read = Stard.read(stard)
        learner = Learner(model, BASE)
        learner.strengthen(0.0)
        tokenizer = Tokenizer(settings.cache_dir)
        plain = plain_of(read, learner.encode, learner.mark, tokenizer, out / "plain")
        return cls(read, plain, model, out)

    def trained(self, name: str, recipe: Recipe, questions: list[int], apart: set[int]) -> Learner:
        """A learner that has seen ``questions``, and nothing of the articles ``apart``."""
        learner = Learner(self.model, recipe)
        data = Data(self.stard, self.plain, questions, frozenset(apart))
        train(recipe, data, learner, self.out / name.replace(" ", "-"))
        return learner

    def cut(self, asked: list[int]) -> list[int]:
        """The rows among which the questions ``asked`` are hard."""
        every = list(range(len(self.stard.questions)))
        return self.plain.cut(asked, self.relevant(every), _DEPTH)

    def relevant(self, questions: list[int]) -> set[int]:
        """The rows that are relevant to any of them."""
        return {row for number in questions for row in self.stard.questions[number].relevant}
