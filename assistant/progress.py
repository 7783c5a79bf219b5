"""How long work reports where it is: a callback that gets :class:`Progress`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` steps of ``stage`` are done.

    Stages: ``unpack`` (bytes of the bundled encoder), ``quantise`` (the texts that an encoder in
    int8 is calibrated on), ``load`` (the encoder, 0 or 1), ``read`` and ``parse`` (files),
    ``embed`` (passages), ``write`` (parts of the index), ``ask`` (the questions of an evaluation).
    ``total`` is at least 1.
    """

    stage: str
    done: int
    total: int


ProgressCallback = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """The callback that says nothing."""
