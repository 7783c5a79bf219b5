"""The packages of the extra ``evaluate``, which a chat does without."""

from __future__ import annotations

from importlib.util import find_spec

from assistant.errors import ExtraMissingError

MEASURING = ("pyndeval", "pytrec_eval", "scipy")
DRAWING = ("matplotlib",)


def require(modules: tuple[str, ...]) -> None:
    """Raises :class:`ExtraMissingError` where one of ``modules`` is not installed."""
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise ExtraMissingError(
            f"Evaluating needs {' and '.join(missing)}, which is not installed.",
            "In the project's folder: pip install -c constraints.txt -e '.[evaluate]'",
        )
