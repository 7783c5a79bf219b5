"""Nothing is reported to anybody: every library's telemetry is off."""

from __future__ import annotations

import os

_OFF = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "DISABLE_TELEMETRY": "1",
    "OTEL_SDK_DISABLED": "true",
    "TOKENIZERS_PARALLELISM": "false",  # its threads and a fork do not go together
}


def no_telemetry() -> None:
    """Sets what the libraries read when they are imported; a user's own setting stays."""
    for name, value in _OFF.items():
        os.environ.setdefault(name, value)
