"""The public names and the direction of imports."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import assistant
from tests.conftest import ROOT

PACKAGE = ROOT / "assistant"
ORDER = (
    "errors", "_quiet", "progress", "text", "settings", "reading", "clauses", "index",
    "retrieval", "answering", "evaluation", "api", "integrations", "watch", "terminal", "page", "cli",
)  # fmt: skip
"""The way through the house: a package imports only from those before it."""


def test_public_names_are_those_of_the_contract() -> None:
    """The package exports what the contract names, sorted, and nothing else."""
    contract = {
        "read_document", "split_clauses", "build_index", "Assistant", "Document", "Clause", "Hit",
        "Citation", "Answer", "BuildReport", "AssistantError",
    }  # fmt: skip
    assert contract <= set(assistant.__all__)
    assert list(assistant.__all__) == sorted(assistant.__all__)
    assert all(hasattr(assistant, name) for name in assistant.__all__)


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("assistant"):
            inner = node.module.split(".")[1:]
            names |= {inner[0]} if inner else {alias.name for alias in node.names}
    return names


@pytest.mark.parametrize("stage", ORDER)
def test_imports_run_one_way(stage: str) -> None:
    """No stage imports from a stage behind it."""
    place = PACKAGE / stage
    files = list(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    allowed = {*ORDER[: ORDER.index(stage) + 1]}
    for file in files:
        assert _imported(file) <= allowed, file


def test_every_module_has_its_place_in_the_order() -> None:
    """A new package or module at the top level must be given a place in the order."""
    found = {path.stem for path in PACKAGE.glob("*.py")} | {
        path.parent.name for path in PACKAGE.glob("*/__init__.py")
    }
    assert found - {"__init__", "__main__"} == set(ORDER)


def test_importing_the_package_is_light() -> None:
    """``import assistant``, and what ``assistant --help`` imports, loads neither PyTorch nor Gradio
    nor what the extras bring, which take seconds."""
    code = (
        "import sys, assistant, assistant.cli; "
        "heavy = {'torch', 'gradio', 'transformers', 'faiss', 'docx', 'langchain_core', "
        "'llama_index'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_telemetry_of_every_library_is_off() -> None:
    """Importing the package switches off what its libraries would report."""
    off = {
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
    }
    code = f"import assistant, os; assert {off!r}.items() <= os.environ.items()"
    clean = {name: value for name, value in os.environ.items() if name not in off}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=clean)
