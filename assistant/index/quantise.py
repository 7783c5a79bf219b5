"""A sentence-transformers model → the same in int8, as a folder that OpenVINO runs.

Static quantisation: how far each activation reaches is measured once, on the texts in
``calibration.txt`` (they ship with the program; none is a question of a test or a benchmark), so
that what a vector is does not depend on what else is encoded with it.

* Weights of linear layers: int8, symmetric, a scale for each output.
* Their inputs: 8 bits, one range for each layer, from minimum to maximum, zero on the grid.
* A few channels of a transformer's activations are far larger than the rest and would leave those
  only some of the 256 steps. So each channel is divided by s and its weights are multiplied by it,
  s = max|x|^α / max|w|^(1-α) (SmoothQuant, Xiao et al. 2023, arXiv:2211.10438). Ranges from one
  half of the calibration texts give, on the other half, a mean cosine to float32 of 0.9968 without
  it, 0.9976 with the paper's α = 0.5, 0.9995 with 0.7 (0.65 to 0.75 are alike).
* The table of tokens: int8, a scale for each token. All else stays float32.

What lies in the folder: ``model.xml`` and ``model.bin``, ``tokenizer.json``, ``facts.json`` (what
:mod:`assistant.index.int8` needs to know), and the record of hashes.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import ExtraMissingError, SettingsError
from assistant.index.recorded import is_whole, make_once, write_record
from assistant.progress import Progress, ProgressCallback, silent

CALIBRATION = Path(__file__).parent / "calibration.txt"
FORMAT = 1
"""Raised when the quantisation changes, so that old vectors are not taken for new ones."""

_RECORD = "quantised.json"
_NEEDED_MB = 700
_SMOOTH = 0.7
_BATCH = 5
_LARGE_TABLE = 1_000_000

Array = npt.NDArray[np.float32]


def mark() -> str:
    """Names the way of quantising: its version and the texts that it was calibrated on."""
    return f"int8-{FORMAT}-{hashlib.sha256(CALIBRATION.read_bytes()).hexdigest()[:8]}"


def openvino() -> Any:
    """The package OpenVINO, which reports nothing to anybody.

    Raises :class:`ExtraMissingError` without it.
    """
    if find_spec("openvino") is None:
        raise ExtraMissingError(
            "The setting precision = int8 needs openvino, which is not installed.",
            "In the project's folder: pip install -c constraints.txt -e '.[fast]'",
        )
    # no variable switches its telemetry off; without this package it has none
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    return import_module("openvino")


def int8_folder(
    cache: Path, name: str, load: Callable[[], Any], progress: ProgressCallback = silent
) -> Path:
    """The quantised model ``name`` below ``cache``; made of the ``SentenceTransformer`` that
    ``load`` gives if it is missing or damaged.

    Raises :class:`ExtraMissingError` without OpenVINO, :class:`SettingsError` for a model of
    another kind, :class:`ModelError` where the folder can't be written.
    """
    openvino()
    folder = cache / "models" / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name)}-{mark()}"
    if not is_whole(folder, _RECORD):
        make_once(
            folder,
            _RECORD,
            lambda partial: write_int8_folder(load(), partial, progress),
            _NEEDED_MB,
            "quantised",
        )
    return folder


def write_int8_folder(model: Any, folder: Path, progress: ProgressCallback = silent) -> None:
    """Quantises ``model`` into the empty ``folder`` and records what it wrote."""
    ov = openvino()
    facts = _facts(model)
    tokenizer = model.tokenizer.backend_tokenizer
    graph = _traced(ov, model)
    layers = _linear_layers(graph)
    if not layers:
        raise _unfit("it has no linear layers that could be quantised")
    texts = CALIBRATION.read_text("utf-8").splitlines()
    prompt = facts["prompts"].get("document", "")
    tokenizer.enable_truncation(facts["max_length"])
    tokenizer.no_padding()
    rows = [entry.ids for entry in tokenizer.encode_batch([prompt + text for text in texts])]
    ranges = _ranges(ov, graph, layers, sorted(rows, key=len), facts["pad"], progress)
    _quantise(layers, ranges)
    _shrink_tables(graph)
    graph.set_friendly_name("int8")  # its own names differ from run to run
    for i, node in enumerate(graph.get_ordered_ops()):
        node.set_friendly_name(f"{node.get_type_name()}_{i}")
    ov.save_model(graph, folder / "model.xml", compress_to_fp16=False)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "facts.json").write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
    write_record(folder, _RECORD, {"quantised_by": mark()})


def _unfit(reason: str) -> SettingsError:
    return SettingsError(
        f"The model can't be run in int8: {reason}.",
        "Set ASSISTANT_PRECISION=float32, or remove it.",
    )


def _facts(model: Any) -> dict[str, Any]:
    """What running the model takes beside its graph and tokenizer."""
    tokenizer: Any = getattr(model, "tokenizer", None)
    if getattr(tokenizer, "backend_tokenizer", None) is None:
        raise _unfit("its tokenizer is not of the library tokenizers")
    if any(getattr(module, "include_prompt", True) is False for module in model):
        raise _unfit("its vectors leave the prompt out")
    return {
        "prompts": {name: text or "" for name, text in model.prompts.items()},
        "max_length": int(model.max_seq_length),
        "pad": int(tokenizer.pad_token_id or 0),
        "dimension": int(model.get_embedding_dimension()),
    }


def _traced(ov: Any, model: Any) -> Any:
    """The whole model, pooling and all, as a graph: token ids and mask → normalised vectors."""
    import torch  # noqa: PLC0415 - heavy

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.modules_in_order = torch.nn.ModuleList(model)

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            for module in self.modules_in_order:
                features = module(features)
            vectors: Any = features["sentence_embedding"]
            return torch.nn.functional.normalize(vectors, dim=1)

    ids = torch.full((2, 7), 5)
    example = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # tracing warns of every condition in transformers
            return ov.convert_model(Whole().eval(), example_input=example)
    except Exception as error:  # the tracer raises anything
        raise _unfit(f"it can't be traced ({type(error).__name__})") from error


def _linear_layers(graph: Any) -> dict[Any, list[Any]]:
    """Input → the products of it with constant weights. Query, key and value share theirs."""
    layers: dict[tuple[str, int], list[Any]] = {}
    for node in graph.get_ordered_ops():
        if node.get_type_name() != "MatMul":
            continue
        source, weights = node.input_value(0), node.input_value(1)
        if (
            weights.get_node().get_type_name() == "Constant"
            and len(weights.get_shape()) == 2
            and node.get_attributes()["transpose_b"]
            and source.get_partial_shape().rank.get_length() == 3
        ):
            key = source.get_node().get_friendly_name(), source.get_index()
            layers.setdefault(key, []).append(node)
    return {nodes[0].input_value(0): nodes for nodes in layers.values()}


def _ranges(
    ov: Any,
    graph: Any,
    layers: dict[Any, list[Any]],
    rows: list[list[int]],
    pad: int,
    progress: ProgressCallback,
) -> list[tuple[Array, Array]]:
    """The least and greatest value of each channel of each layer's input, over all tokens."""
    watched = graph.clone()
    by_name = {node.get_friendly_name(): node for node in watched.get_ops()}
    watched.add_outputs(
        [
            by_name[source.get_node().get_friendly_name()].output(source.get_index())
            for source in layers
        ]
    )
    compiled = ov.Core().compile_model(watched, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found: list[tuple[Array, Array]] = []
    for done, (ids, mask) in enumerate(_batches(rows, pad)):
        progress(Progress("quantise", done * _BATCH, len(rows)))
        outputs = compiled((ids, mask))
        values = [outputs[i + 1][mask.astype(bool)] for i in range(len(layers))]
        here = [(x.min(0), x.max(0)) for x in values]
        found = [
            (np.minimum(low, old_low), np.maximum(high, old_high))
            for (low, high), (old_low, old_high) in zip(here, found or here, strict=True)
        ]
    progress(Progress("quantise", len(rows), len(rows)))
    return [(_rounded(low), _rounded(high)) for low, high in found]


def _batches(
    rows: list[list[int]], pad: int
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    for i in range(0, len(rows), _BATCH):
        yield padded(rows[i : i + _BATCH], max(map(len, rows[i : i + _BATCH])), pad)


def padded(
    rows: list[list[int]], length: int, pad: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Token ids and mask, both of shape (rows, length)."""
    ids = np.full((len(rows), length), pad, np.int64)
    mask = np.zeros((len(rows), length), np.int64)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
        mask[i, : len(row)] = 1
    return ids, mask


def _rounded(values: Array) -> Array:
    """Three digits: what two processors compute a little differently gives the same model."""
    return np.array([float(f"{value:.2e}") for value in values], np.float32)


def _quantise(layers: dict[Any, list[Any]], ranges: list[tuple[Array, Array]]) -> None:
    op = import_module("openvino.opset13")
    for (source, nodes), (low, high) in zip(layers.items(), ranges, strict=True):
        weights = [node.input_value(1).get_node().data.copy() for node in nodes]
        reach = np.maximum(np.abs(low), np.abs(high)).clip(1e-5)
        heaviest = np.max([np.abs(w).max(0) for w in weights], axis=0).clip(1e-5)
        smooth = reach**_SMOOTH / heaviest ** (1 - _SMOOTH)
        smooth = (smooth / np.exp(np.log(smooth).mean())).astype(np.float32)
        least, most = _on_grid(float((low / smooth).min()), float((high / smooth).max()))
        ends = [op.constant(np.full((1, 1, 1), x, np.float32)) for x in (least, most)]
        divided = op.multiply(source, op.constant((1 / smooth).reshape(1, 1, -1)))
        rounded = op.fake_quantize(divided, *ends, *ends, 256)
        for node, w in zip(nodes, weights, strict=True):
            node.input(0).replace_source_output(rounded.output(0))
            node.input(1).replace_source_output(_int8(op, w * smooth).output(0))


def _on_grid(least: float, most: float) -> tuple[float, float]:
    """The range moved a little, so that zero is one of its 256 steps."""
    least, most = min(least, 0.0), max(most, 0.0)
    step = (most - least) / 255 or 1.0
    zero = round(-least / step)
    return -zero * step, (255 - zero) * step


def _rows_int8(table: Array) -> tuple[npt.NDArray[np.int8], Array]:
    """A matrix in int8 and the scale of each row."""
    scale = (np.abs(table).max(1, keepdims=True).clip(1e-9) / 127).astype(np.float32)
    return np.round(table / scale).astype(np.int8), scale


def _int8(op: Any, weights: Array) -> Any:
    steps, scale = _rows_int8(weights)
    return op.multiply(op.convert(op.constant(steps), "f32"), op.constant(scale))


def _shrink_tables(graph: Any) -> None:
    """The table of tokens in int8: a quarter of the memory."""
    op = import_module("openvino.opset13")
    for node in graph.get_ordered_ops():
        if node.get_type_name() != "Gather":
            continue
        table = node.input_value(0).get_node()
        shape = list(table.output(0).get_partial_shape().get_max_shape())
        if (
            table.get_type_name() != "Constant"
            or len(shape) != 2
            or shape[0] * shape[1] < _LARGE_TABLE
        ):
            continue
        steps, scale = _rows_int8(table.data)
        wanted, axis = node.input_value(1), op.constant(np.int64(0))
        rows = op.convert(op.gather(op.constant(steps), wanted, axis), "f32")
        scales = op.gather(op.constant(scale), wanted, axis)
        node.output(0).replace(op.multiply(rows, scales).output(0))
    graph.validate_nodes_and_infer_types()
