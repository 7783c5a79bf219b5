"""The encoder in int8: a folder of :mod:`assistant.index.quantise` run by OpenVINO.

A text is padded to the next multiple of 16 tokens, whatever else is encoded with it, and only texts
of one such length go together. So a vector depends on its text alone, to the last bit; little is
padded in vain; and there are few shapes, of which the runtime keeps prepared code (without this it
took gigabytes). Batches run side by side on all cores.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from tokenizers import Tokenizer

from assistant.errors import ModelBrokenError
from assistant.index.dense import Vectors
from assistant.index.quantise import openvino, padded
from assistant.settings import Settings

_STEP = 16
_TOKENS = 1024
"""Tokens of a batch: more fit no processor's cache."""


class Int8Encoder:
    """A quantised model. The constructor takes it compiled."""

    def __init__(
        self,
        queue: Any,
        tokenizer: Tokenizer,
        fingerprint: str,
        facts: dict[str, Any],
        batch_size: int = 16,
    ) -> None:
        self._queue = queue
        self._tokenizer = tokenizer
        self._max_length: int = facts["max_length"]
        self._pad: int = facts["pad"]
        self._batch_size = batch_size
        self._lock = threading.Lock()
        self.dimension: int = facts["dimension"]
        self.prompts: dict[str, str] = facts["prompts"]
        self.fingerprint = fingerprint
        tokenizer.enable_truncation(self._max_length)
        tokenizer.no_padding()
        queue.set_callback(_take)

    @classmethod
    def open(
        cls, folder: Path, fingerprint: str, settings: Settings, prompts: dict[str, str]
    ) -> Self:
        """The model in ``folder``, with ``prompts`` over its own. Raises
        :class:`ModelBrokenError`."""
        ov = openvino()
        # the rest in float32 on every processor: with bfloat16 two would not give one vector
        options = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"}
        if settings.threads:
            options["INFERENCE_NUM_THREADS"] = str(settings.threads)
        try:
            facts = json.loads((folder / "facts.json").read_text("utf-8"))
            facts["prompts"] |= prompts
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            compiled = ov.Core().compile_model(folder / "model.xml", "CPU", options)
        except Exception as error:  # the libraries raise RuntimeError and bare Exception
            raise ModelBrokenError(
                f"The model in {folder} can't be loaded ({type(error).__name__}).",
                "Remove the folder; it is made again.",
            ) from error
        return cls(ov.AsyncInferQueue(compiled), tokenizer, fingerprint, facts, settings.batch_size)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode("query", texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode("document", texts)

    def _encode(self, kind: str, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        prompt = self.prompts.get(kind, "")
        tokens = [e.ids for e in self._tokenizer.encode_batch([prompt + text for text in texts])]
        with self._lock:  # a queue has one user at a time
            for length, places in self._batches(tokens):
                ids, mask = padded([tokens[i] for i in places], length, self._pad)
                self._queue.start_async((ids, mask), (vectors, places))
            self._queue.wait_all()
        return vectors

    def _batches(self, tokens: Sequence[Sequence[int]]) -> Iterator[tuple[int, list[int]]]:
        """Batches as length and places, the longest first, so that no core idles at the end."""
        groups: defaultdict[int, list[int]] = defaultdict(list)
        for i, ids in enumerate(tokens):
            groups[min(-(-len(ids) // _STEP) * _STEP, self._max_length)].append(i)
        for length in sorted(groups, reverse=True):
            size = max(1, min(self._batch_size, _TOKENS // max(1, length)))
            for i in range(0, len(groups[length]), size):
                yield length, groups[length][i : i + size]


def _take(request: Any, place: tuple[Vectors, list[int]]) -> None:
    vectors, rows = place
    vectors[rows] = request.get_output_tensor(0).data
