"""A second look at the first hits by a cross-encoder, where the settings name one.

A cross-encoder reads question and clause together: truer and much slower than the two channels.
Any model of ``sentence_transformers.CrossEncoder`` will do: a folder, or a name on the Hugging Face
hub.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelBrokenError, ModelMissingError

LOOKED_AT = 20
"""Hits that are looked at again."""


class Reranker(Protocol):
    """Scores texts for a question: shape (n,), higher is better."""

    def scores(self, question: str, texts: Sequence[str]) -> npt.NDArray[np.float64]: ...


class CrossEncoderReranker:
    """A cross-encoder that is loaded with the first question."""

    def __init__(self, model: str, device: str) -> None:
        """``model`` is a folder or a name on the hub."""
        self._name = model
        self._device = device
        self._lock = threading.Lock()
        self._model: Any = None

    def scores(self, question: str, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Raises :class:`ModelMissingError` or :class:`ModelBrokenError`."""
        pairs = [(question, text) for text in texts]
        found = self._load().predict(pairs, show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(found, np.float64).reshape(len(pairs), -1)[:, -1]

    def _load(self) -> Any:
        with self._lock:
            if self._model is None:
                from sentence_transformers import CrossEncoder  # noqa: PLC0415 - heavy

                folder = Path(self._name).expanduser()
                local = folder.is_dir()
                if not local and self._name.startswith((".", "/", "~")):
                    raise ModelMissingError(
                        f"There is no model folder {self._name}.",
                        "Correct the setting reranker (ASSISTANT_RERANKER), or remove it.",
                    )
                try:
                    self._model = CrossEncoder(
                        str(folder) if local else self._name,
                        device=self._device,
                        local_files_only=local,
                    )
                except Exception as error:  # the library raises anything from OSError to KeyError
                    reason = str(error).strip().split("\n")[0][:200]
                    kind = ModelBrokenError if local else ModelMissingError
                    raise kind(
                        f"The cross-encoder {self._name} can't be loaded "
                        f"({type(error).__name__}: {reason}).",
                        "Name another one (ASSISTANT_RERANKER), or remove the setting.",
                    ) from error
            return self._model
