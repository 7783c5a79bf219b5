"""A cross-encoder that looks at the first hits again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from assistant import Settings
from assistant.errors import ModelBrokenError, ModelMissingError
from assistant.index import Tokenizer
from assistant.retrieval import CrossEncoderReranker, Filters, Retriever, Step
from assistant.retrieval.reranker import LOOKED_AT
from tests.conftest import FakeEncoder
from tests.small import FIVE, Library

TEXTS = {
    "hz.txt": "杭州市扶持政策\n一、独立站。给予补贴。\n二、海外仓。给予奖励。\n三、园区。给予资助。\n"
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer) -> Library:
    return Library(tmp_path_factory.mktemp("rerank"), TEXTS, tokenizer)


@pytest.fixture(scope="module")
def tiny_cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a cross-encoder of a few kilobytes, as a user might name one."""
    from sentence_transformers import CrossEncoder
    from tokenizers import Tokenizer as Vocabulary
    from tokenizers import models, pre_tokenizers, processors
    from transformers import (
        BertConfig,
        BertForSequenceClassification,
        PreTrainedTokenizerFast,
    )

    plain = tmp_path_factory.mktemp("plain-cross")
    chars = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", *"政策补贴企业杭州成都海外仓独立站园区的对有什么"]
    vocabulary = Vocabulary(models.WordLevel({c: i for i, c in enumerate(chars)}, "[UNK]"))
    vocabulary.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    vocabulary.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=vocabulary,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=64,
    ).save_pretrained(plain)
    config = BertConfig(
        vocab_size=len(chars),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
    )
    config.num_labels = 1
    BertForSequenceClassification(config).save_pretrained(plain)
    folder = tmp_path_factory.mktemp("tiny-cross") / "model"
    CrossEncoder(str(plain), device="cpu").save_pretrained(str(folder))
    return folder


def test_a_cross_encoder_scores_pairs(tiny_cross_encoder: Path) -> None:
    """A score for each text, the same each time, of that text alone."""
    reranker = CrossEncoderReranker(str(tiny_cross_encoder), "cpu")
    both = reranker.scores("独立站补贴", ["独立站的补贴", "海外仓"])
    assert both.shape == (2,)
    assert both.dtype == np.float64
    assert reranker.scores("独立站补贴", ["海外仓"])[0] == pytest.approx(both[1], abs=1e-5)


def test_the_setting_names_a_cross_encoder(library: Library, tiny_cross_encoder: Path) -> None:
    """With ``reranker`` set each of the first hits has its rank, the scores still fall, and the
    answer holds; without the setting, or without the step, there is no such channel."""
    opened = library.open(reranker=str(tiny_cross_encoder))
    hits = opened.retrieve("独立站补贴")
    assert sorted(hit.ranks["reranker"] for hit in hits) == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert opened.ask("杭州独立站有什么补贴？").text
    named = {"reranker": str(tiny_cross_encoder)}
    for other in (library.open(), library.open(without={Step.RERANKER}, **named)):
        assert all("reranker" not in hit.ranks for hit in other.retrieve("独立站补贴"))
        assert {h.clause.id for h in other.retrieve("独立站补贴")} == {h.clause.id for h in hits}


@pytest.mark.parametrize("named", ["/nowhere/model", "./nowhere", "~/nowhere-at-all"])
def test_a_folder_that_is_not_there(library: Library, named: str) -> None:
    """The error gives the folder and the setting."""
    opened = library.open(reranker=named)
    with pytest.raises(ModelMissingError, match="ASSISTANT_RERANKER"):
        opened.retrieve("独立站")


def test_a_folder_that_is_no_model(library: Library, tmp_path: Path) -> None:
    """A folder of other files is broken, and the program's own error says so."""
    (tmp_path / "config.json").write_text("{", "utf-8")
    with pytest.raises(ModelBrokenError, match="ASSISTANT_RERANKER"):
        library.open(reranker=str(tmp_path)).retrieve("独立站")


class Shortest:
    """Prefers short texts: a reranker whose order can be told beforehand."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []

    def scores(self, question: str, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        self.seen.append((question, len(texts)))
        return -np.array([len(text) for text in texts], np.float64)


def test_only_the_first_hits_are_looked_at_again(
    tmp_path: Path, settings: Settings, tokenizer: Tokenizer
) -> None:
    """The reranker gets the first hits and the mended question; those behind keep their places,
    and the scores are those there were."""
    opened = Library(tmp_path / "five", FIVE, tokenizer).open()
    shortest = Shortest()

    def hits(reranker: Shortest | None) -> list[tuple[str, float]]:
        # duplicates would be moved from one part to the other
        retriever = Retriever(
            opened.snapshot,
            FakeEncoder(),
            tokenizer,
            reranker=reranker,
            without=frozenset({Step.DUPLICATES}),
        )
        question = retriever.understanding.read("独立占的补贴")
        found = retriever.search(question, retriever.encode(question), 40, Filters())
        return [(hit.clause.id, hit.score) for hit in found]

    plain, again = hits(None), hits(shortest)
    assert shortest.seen == [("独立站的补贴", LOOKED_AT)]
    assert plain[LOOKED_AT:] == again[LOOKED_AT:]
    assert sorted(one for one, _ in plain[:LOOKED_AT]) == sorted(
        one for one, _ in again[:LOOKED_AT]
    )
    assert [one for one, _ in plain] != [one for one, _ in again]
    assert [score for _, score in plain] == pytest.approx([score for _, score in again])
