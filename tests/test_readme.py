"""The READMEs do what they say: their commands and programs are run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.index import generation
from tests.conftest import DOCUMENTS, ROOT, free_port, wait_until_served

READMES = ("README.md", "README.zh-CN.md")


def blocks(readme: str, language: str) -> list[str]:
    """The code blocks of a README in that language."""
    text = (ROOT / readme).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(readme: str, program: str) -> list[tuple[list[str], list[str]]]:
    """The command lines of a program, each with the lines of output that are shown below it."""
    found: list[tuple[list[str], list[str]]] = []
    for block in blocks(readme, "console"):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((shlex.split(line.removeprefix("$ ")), []))
            else:
                found[-1][1].append(line)
    return [(line, output) for line, output in found if line[0] == program]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, index_dir: Path) -> Path:
    """A project folder with the five documents and no index, but with what is known of their texts,
    so that nothing is encoded again."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(DOCUMENTS, folder / "documents")
    (folder / "index").mkdir()
    _know(folder / "index", index_dir)
    return folder


def _know(index: Path, other: Path) -> None:
    """Gives a folder without an index what ``other`` knows of the texts."""
    for cache in (generation.VECTORS, generation.TOKENS):
        shutil.copy(other / cache, index)


def run(arguments: list[str], folder: Path) -> str:
    """Runs Python in ``folder``; its output."""
    process = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert process.returncode == 0, (arguments, process.stderr)
    return process.stdout


@pytest.mark.model
def test_the_commands_print_what_the_readmes_show(project: Path) -> None:
    """Each ``assistant`` line runs in the order in which it stands, and prints what stands below."""
    known: dict[tuple[str, ...], list[str]] = {}  # what both READMEs show is run once
    for readme in READMES:
        lines = commands(readme, "assistant")
        assert len(lines) >= 5
        for (_, *arguments), shown in lines:
            key = tuple(arguments)
            if key not in known:
                known[key] = run(["-m", "assistant", *arguments], project).splitlines()
            printed = known[key]
            missing = [line for line in shown if line not in printed]
            assert not missing, (readme, arguments)


@pytest.mark.model
@pytest.mark.parametrize("readme", READMES)
def test_the_first_program_runs(readme: str, project: Path) -> None:
    """The Python example runs in a project folder as it stands."""
    printed = run(["-c", blocks(readme, "python")[0]], project)
    assert "《嘉兴市推进跨境电子商务发展若干政策措施》二、6. " in printed


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory, index_dir: Path) -> Iterator[str]:
    """``make chat`` as a user types it, on a free port, with an index of its own that is not there
    yet; what is known of the texts is, so that nothing is encoded again."""
    fresh = ["make", "-q", ".venv/.installed"]
    if shutil.which("make") is None or subprocess.run(fresh, cwd=ROOT, check=False).returncode:
        if os.environ.get("CI"):
            pytest.fail("run `make test`: it makes .venv, which `make chat` then starts from")
        pytest.skip(".venv is missing or older than its inputs; run `make test`")
    port = free_port()
    index = tmp_path_factory.mktemp("make-chat")
    _know(index, index_dir)
    process = subprocess.Popen(
        ["make", "chat", f"PORT={port}", "CHAT=--no-browser"],
        cwd=ROOT,
        env={**os.environ, "ASSISTANT_INDEX": str(index)},
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_served(url, process)
        yield url
    finally:
        os.killpg(process.pid, 15)
        process.wait(timeout=30)


@pytest.mark.model
def test_make_chat_answers_the_second_program(chat: str, tmp_path: Path) -> None:
    """``make chat`` builds the index and serves the page, whose endpoint the second example asks."""
    example = blocks("README.md", "python")[1]
    assert "http://127.0.0.1:7860" in example
    printed = run(["-c", example.replace("http://127.0.0.1:7860", chat)], tmp_path)
    assert "海外仓" in printed
    assert "——《" in printed


@pytest.mark.parametrize("readme", READMES)
def test_the_two_commands_and_the_plain_ones_stand_in_the_readmes(readme: str) -> None:
    """``make chat`` and ``make test`` are targets; the lines without make name files that exist
    and the version of PyTorch that is pinned."""
    targets = (ROOT / "Makefile").read_text("utf-8")
    for line, _ in commands(readme, "make"):
        assert re.search(rf"^{line[1]}:", targets, re.MULTILINE)
    assert [line[1] for line, _ in commands(readme, "make")] == ["chat", "test"]
    plain = blocks(readme, "bat")[0]
    pinned = re.search(r"^torch==\S+$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert pinned is not None
    assert f"pip install {pinned[0]}\n" in plain
    assert "-c constraints.txt -e ." in plain
    assert "ui.py" in plain


@pytest.mark.parametrize("page", [*READMES, "CONTRIBUTING.md", "CHANGELOG.md", "index/README.md"])
def test_links_lead_somewhere(page: str) -> None:
    """Every relative link of the Markdown pages leads to a file of the repository."""
    source = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)\)", source.read_text("utf-8")):
        if "://" not in target:
            assert (source.parent / target).exists(), target
