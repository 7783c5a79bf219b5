"""The encoder while it learns: the bundled weights, frozen, under an adapter that is not.

Where the processor multiplies in bfloat16, or on a GPU, the frozen weights are in bfloat16, which
is up to five times as fast; the adapter is kept in float32 and multiplied in bfloat16, too.
Attention is computed step by step: backward, PyTorch's fused attention takes three times as long on
a processor.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from transformers import AutoTokenizer, BertModel, logging

from assistant.errors import ExtraMissingError
from assistant.index import bundled
from assistant.index.adapter import Adapter
from assistant.index.dense import Vectors
from training.recipe import Recipe

try:
    from peft import LoraConfig, get_peft_model
    from peft.helpers import disable_input_dtype_casting
    from peft.tuners.lora import LoraLayer
except ModuleNotFoundError as missing:
    raise ExtraMissingError(
        "A training needs peft, which is not installed.",
        "In the project's folder: pip install -c constraints.txt -e '.[train,bench]'",
    ) from missing

_LAYERS = (
    r".*encoder\.layer\.\d+\.(attention\.self\.(query|key|value)|attention\.output\.dense"
    r"|intermediate\.dense|output\.dense)"
)
_PREFIX = "base_model.model."
_MEASURED_TOKENS = 320
"""Tokens of an article when vectors are made to be compared: 99 of 100 have fewer."""
_TOKENS = 4096
"""Tokens of a batch that nothing is learned from."""


def _multiplies_in_bfloat16() -> bool:
    """Whether the processor does, so that PyTorch gains by it: five times with AMX, twice with
    AVX-512's instructions for it."""
    return torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()  # noqa: SLF001 - they have no public names


class Learner:
    """The encoder under a new adapter."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        torch.manual_seed(recipe.seed)
        gpu = torch.cuda.is_available()
        self._device = torch.device("cuda" if gpu else "cpu")
        self._fast = gpu or _multiplies_in_bfloat16()
        model = BertModel.from_pretrained(
            folder,
            attn_implementation="eager",
            dtype=torch.bfloat16 if self._fast else torch.float32,
        )
        lora = LoraConfig(
            r=recipe.rank,
            lora_alpha=round(recipe.scale * recipe.rank),
            target_modules=_LAYERS,
            init_lora_weights=True,
        )
        self._scale = recipe.scale
        self._strength = 1.0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by an old name
            self._model: Any = get_peft_model(model, lora).eval().to(self._device)
        self._encoder = model
        self._tokenizer = AutoTokenizer.from_pretrained(folder)

    @property
    def kind(self) -> str:
        """What it computes in, which its vectors depend on."""
        return f"{self._device.type} {self._model.dtype} autocast {self._fast}"

    @property
    def mark(self) -> str:
        """Names its vectors: the weights, what was learned, the strength, what it computes in."""
        digest = hashlib.sha256(
            f"{bundled.FINGERPRINT} {self.kind} {_MEASURED_TOKENS} {self._strength}".encode()
        )
        for name, tensor in sorted(self.state().items() if self._strength else ()):
            digest.update(name.encode() + tensor.numpy().tobytes())
        return digest.hexdigest()

    @property
    def parameters(self) -> list[torch.nn.Parameter]:
        """What is learned."""
        return [p for p in self._model.parameters() if p.requires_grad]

    def state(self) -> dict[str, torch.Tensor]:
        """What is learned, by name."""
        return {n: p.detach().cpu() for n, p in self._model.named_parameters() if p.requires_grad}

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Goes back to a state."""
        missing, unknown = self._model.load_state_dict(state, strict=False)
        if unknown or set(missing) & self.state().keys():
            raise ValueError("the state is of another model")

    def strengthen(self, share: float) -> None:
        """Multiplies the adapter's product by ``share``: 0 gives the plain encoder."""
        self._strength = share
        for module in self._model.modules():
            if isinstance(module, LoraLayer):
                module.set_scale("default", share)

    def vectors(self, texts: Sequence[str], tokens: int) -> torch.Tensor:
        """The normalised vectors of texts with their prefix, to learn from; shape (n, 384)."""
        hidden, mask = self._hidden(texts, tokens)
        kept = mask[:, :, None].float()
        return F.normalize((hidden * kept).sum(1) / kept.sum(1), dim=1)

    def tokens(self, texts: Sequence[str], tokens: int = _MEASURED_TOKENS) -> list[Vectors]:
        """The normalised vectors of each text's tokens, without its prefix and the marks at its
        ends; only to be looked at."""
        found = []
        with torch.no_grad():
            for text in texts:
                hidden, _ = self._hidden([text], tokens)
                prefix = f"{text.partition(': ')[0]}:"
                ahead = len(self._tokenizer(prefix)["input_ids"]) - 1
                found.append(F.normalize(hidden[0, ahead:-1], dim=1).cpu().numpy())
        return found

    def _hidden(self, texts: Sequence[str], tokens: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The last layer of each token, and which tokens there are."""
        entered = self._tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=min(tokens, self._model.config.max_position_embeddings),
            return_tensors="pt",
        ).to(self._device)
        mask = entered["attention_mask"]
        with (
            torch.autocast(self._device.type, torch.bfloat16, enabled=self._fast),
            disable_input_dtype_casting(self._model, active=self._fast),
        ):
            hidden = self._model(input_ids=entered["input_ids"], attention_mask=mask)
        return hidden.last_hidden_state.float(), mask

    def plain_vectors(self, texts: Sequence[str], tokens: int) -> torch.Tensor:
        """Those that the weights give without the adapter; nothing is learned from them."""
        with torch.no_grad(), self._model.disable_adapter():
            return self.vectors(texts, tokens)

    def encode(self, texts: Sequence[str], tokens: int = _MEASURED_TOKENS) -> Vectors:
        """The same, only to be looked at, texts of one length together."""
        found = np.empty((len(texts), self._model.config.hidden_size), np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        at = 0
        with torch.inference_mode(), self._only_looking():
            while at < len(order):
                longest = min(tokens, len(texts[order[at]]))
                some = order[at : at + max(1, _TOKENS // max(longest, 1))]
                found[some] = self.vectors([texts[i] for i in some], tokens).cpu().numpy()
                at += len(some)
        return found

    @contextmanager
    def _only_looking(self) -> Iterator[None]:
        """With fused attention, and without the adapter where nothing of it is kept: a fifth and
        a seventh less time."""
        self._encoder.set_attn_implementation("sdpa")
        try:
            with nullcontext() if self._strength else self._model.disable_adapter():
                yield
        finally:
            self._encoder.set_attn_implementation("eager")

    def adapter(self, path: Path, strength: float) -> Adapter:
        """What was learned, as an adapter of that strength for the bundled weights."""
        names = {"lora_A": "A", "lora_B": "B"}
        matrices = {}
        for name, tensor in self.state().items():
            layer, _, kind = (
                name.removeprefix(_PREFIX).removesuffix(".default.weight").rpartition(".")
            )
            matrices[f"{layer}.{names[kind]}"] = tensor.float().numpy().astype(np.float16)
        return Adapter.of(path, bundled.WEIGHTS_SHA256, self._scale * strength, matrices)
