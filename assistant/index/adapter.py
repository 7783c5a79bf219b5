"""The adapter: what the bundled encoder has been taught, as low-rank matrices over its weights.

For a linear layer with weights W of shape (outputs, inputs) it holds A (rank, inputs) and
B (outputs, rank); the layer becomes W + scale · B A (LoRA: Hu et al. 2021, arXiv:2106.09685). That
is done once, when the encoder is unpacked, so encoding costs nothing more.

The file is safetensors: ``LAYER.A`` and ``LAYER.B`` in float16 for each layer, named as in the
model folder (``encoder.layer.0.attention.self.query``). Its metadata say for which weights it is
(their SHA-256) and what the matrices' own hash is; a file that is not what it says is never used.
``statutes.safetensors`` beside this module was made by ``python -m training``; ``docs/adapter.md``
says of what.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelBrokenError, ModelMissingError

STATUTES = Path(__file__).parent / "statutes.safetensors"
FORMAT = "policy-assistant-lora-1"

_CURE = "Name another file (ASSISTANT_ADAPTER), or `none` for the weights without it."

Array = npt.NDArray[np.float32]
Matrices = Mapping[str, npt.NDArray[np.float16]]


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter, checked: ``base`` is the SHA-256 of the weights that it is for, ``digest`` its
    own."""

    path: Path
    base: str
    scale: float
    matrices: Matrices
    digest: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Reads and checks a file. Raises :class:`ModelMissingError` where there is none,
        :class:`ModelBrokenError` where it is none of ours or is not what it says."""
        from safetensors import SafetensorError, safe_open  # noqa: PLC0415 - only the encoder needs it

        if not path.is_file():
            raise ModelMissingError(f"There is no adapter {path}.", _CURE)
        try:
            with safe_open(path, "np") as file:
                facts = file.metadata() or {}
                matrices = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except OSError as error:
            raise ModelBrokenError(
                f"The adapter {path} can't be read ({error.strerror or error}).", _CURE
            ) from error
        except (SafetensorError, ValueError, TypeError, AttributeError) as error:
            raise ModelBrokenError(
                f"The adapter {path} (hash of the file {_sha256(path)}) is damaged "
                f"({type(error).__name__}).",
                _CURE,
            ) from error
        if facts.get("format") != FORMAT:
            raise ModelBrokenError(
                f"{path} is no adapter of this program's (format {facts.get('format')!r}, "
                f"not {FORMAT!r}).",
                _CURE,
            )
        base, scale = facts.get("base", ""), facts.get("scale", "")
        if (fault := _fault(matrices, scale)) is not None:
            raise ModelBrokenError(f"The adapter {path} can't be used: {fault}.", _CURE)
        digest, said = digest_of(matrices, base, scale), facts.get("sha256", "")
        if digest != said:
            raise ModelBrokenError(
                f"The adapter {path} is damaged: its hash is {digest[:12]}, not {said[:12]}.", _CURE
            )
        return cls(path, base, float(scale), matrices, digest)

    def write(self) -> None:
        """Writes the file. Raises :class:`ValueError` for matrices that none may hold."""
        if (fault := _fault(self.matrices, repr(self.scale))) is not None:
            raise ValueError(fault)
        from safetensors.numpy import save_file  # noqa: PLC0415 - as above

        facts = {
            "format": FORMAT,
            "base": self.base,
            "scale": repr(self.scale),
            "sha256": self.digest,
        }
        part = self.path.with_name(f"{self.path.name}.part")
        save_file(dict(self.matrices), part, metadata=facts)
        part.replace(self.path)

    @classmethod
    def of(cls, path: Path, base: str, scale: float, matrices: Matrices) -> Self:
        """A new one for the weights whose SHA-256 is ``base``."""
        return cls(path, base, scale, matrices, digest_of(matrices, base, repr(scale)))

    def check(self, base: str) -> None:
        """Raises :class:`ModelBrokenError` where it is for other weights than those whose SHA-256
        is ``base``."""
        if self.base != base:
            raise ModelBrokenError(
                f"The adapter {self.path} ({self.digest[:12]}) is for weights with the hash "
                f"{self.base[:12]}, not for these ({base[:12]}).",
                _CURE,
            )

    def applied(self, tensors: Mapping[str, Array], base: str) -> dict[str, Array]:
        """The tensors of a model, by their names in the model folder, with the adapter's products
        added. Raises :class:`ModelBrokenError` where it is for other weights than ``base``, or for
        layers that are not there or have another shape."""
        self.check(base)
        merged = dict(tensors)
        for layer in sorted({name.rpartition(".")[0] for name in self.matrices}):
            a, b = (self.matrices.get(f"{layer}.{part}") for part in "AB")
            weights = tensors.get(f"{layer}.weight")
            if (
                a is None
                or b is None
                or weights is None
                or a.ndim != 2
                or b.shape != (weights.shape[0], a.shape[0])
                or a.shape[1:] != weights.shape[1:]
            ):
                shapes = ", ".join(str(None if x is None else x.shape) for x in (a, b, weights))
                raise ModelBrokenError(
                    f"The adapter {self.path} ({self.digest[:12]}) does not fit the weights "
                    f"({base[:12]}): A, B and weights of {layer} have the shapes {shapes}.",
                    _CURE,
                )
            product = b.astype(np.float32) @ a.astype(np.float32)
            merged[f"{layer}.weight"] = weights + np.float32(self.scale) * product
        return merged


def _fault(matrices: Matrices, scale: str) -> str | None:
    """What is wrong with what a file holds: its hash would not tell."""
    if not matrices:
        return "it holds no matrices"
    for name, matrix in matrices.items():
        if matrix.dtype != np.float16 or matrix.ndim != 2 or not matrix.size:
            return f"{name} is no matrix in float16"
        if name.rpartition(".")[2] not in ("A", "B"):
            return f"it holds {name}, which is neither A nor B of a layer"
        if not np.isfinite(matrix).all():
            return f"{name} holds what is no number"
    try:
        finite = bool(np.isfinite(float(scale)))
    except ValueError:
        finite = False
    return None if finite else f"its scale is {scale!r}"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def digest_of(matrices: Matrices, base: str, scale: str) -> str:
    """SHA-256 over what the adapter is for and all of its matrices, in the order of their names."""
    digest = hashlib.sha256(json.dumps([FORMAT, base, scale]).encode())
    for name in sorted(matrices):
        matrix = np.ascontiguousarray(matrices[name])
        digest.update(json.dumps([name, str(matrix.dtype), matrix.shape]).encode())
        digest.update(matrix.tobytes())
    return digest.hexdigest()
