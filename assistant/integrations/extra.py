"""The packages of the extras, which the assistant itself does without."""

from __future__ import annotations

from assistant.errors import ExtraMissingError


def extra_missing(extra: str, error: ModuleNotFoundError) -> ExtraMissingError:
    """What is raised where a package of ``extra`` could not be imported."""
    return ExtraMissingError(
        f"This retriever needs {error.name}, which is not installed.",
        f"In the project's folder: pip install -c constraints.txt -e '.[{extra}]'",
    )
