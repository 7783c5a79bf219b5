"""The command line as a process: output, errors in one line, exit status."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from assistant.cli import app
from tests.conftest import DOCUMENTS, ROOT
from tests.program import run, start

QUESTION = "杭州对自建独立站有什么补贴，最多多少钱？"
QUOTE = "给予最高200万元的一次性资金扶持。"


def one_line(process: subprocess.CompletedProcess[str], status: int) -> str:
    """The single error line of a call that failed with ``status``, without a traceback."""
    assert process.returncode == status, process.stderr
    assert process.stdout == ""
    lines = process.stderr.strip().splitlines()
    assert len(lines) == 1, process.stderr
    assert lines[0].startswith("assistant: ")
    return lines[0]


def _heeding_interrupts() -> None:
    """A program that is started in the background ignores interrupts, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.model
def test_ask_prints_the_quote_with_its_address(index_dir: Path) -> None:
    """The quote stands unbroken in the output, with its address; nothing else goes to it."""
    process = start("ask", QUESTION, "--index", str(index_dir))
    assert process.returncode == 0, process.stderr
    assert QUOTE in process.stdout
    assert "附件（三）" in process.stdout
    assert process.stderr == ""


@pytest.mark.model
def test_ask_as_json_is_the_whole_answer(index_dir: Path) -> None:
    """``--json`` prints the answer with citations, filters and date taken into account."""
    process = run(
        "ask", "独立站有什么支持？", "--index", str(index_dir), "--region", "成都",
        "--as-of", "2026-06-01", "--json",
    )  # fmt: skip
    answer = json.loads(process.stdout)
    assert {c["clause"]["document"]["region"] for c in answer["citations"]} == {"成都市"}
    assert answer["abstained"] is False


def test_build_reports_and_builds_again_at_once(tmp_path: Path, tiny_model: Path) -> None:
    """With a model folder of the user's own: a report, the failed file's reason, then nothing to do."""
    documents = tmp_path / "documents"
    shutil.copytree(DOCUMENTS, documents)
    (documents / "empty.txt").write_bytes(b"")
    call = ("build", "--documents", str(documents), "--index", str(tmp_path / "index"))
    process = run(*call, "--model", str(tiny_model))
    assert process.returncode == 0, process.stderr
    assert "5 added" in process.stdout
    assert "Not read: empty.txt: the file is empty." in process.stderr
    again = json.loads(run(*call, "--model", str(tiny_model), "--json").stdout)
    assert again["files_unchanged"] == 5
    assert again["passages_embedded"] == 0
    assert again["files_failed"].keys() == {"empty.txt"}
    status = run("status", *call[1:], "--model", str(tiny_model))
    assert "Up to date." in status.stdout
    (documents / "chengdu-three-year-plan.txt").unlink()
    assert (
        "chengdu-three-year-plan.txt" in run("status", *call[1:], "--model", str(tiny_model)).stdout
    )
    line = one_line(run("ask", "补贴", *call[3:]), 1)
    assert "made with the encoder folder-" in line
    assert "assistant build" in line


def test_inspect_accounts_for_every_character() -> None:
    """The tree of clauses, what is left out and why, and no character unaccounted for."""
    path = DOCUMENTS / "chengdu-three-year-plan.txt"
    process = run("inspect", str(path))
    assert process.returncode == 0, process.stderr
    assert "三、聚焦链接全球市场" in process.stdout
    assert re.search(r"disclosure\s+信息公开属性", process.stdout)
    assert "34 clauses" in process.stdout
    assert "0 unaccounted" in " ".join(process.stdout.split())
    assert max(map(cell_len, process.stdout.splitlines())) <= 80
    data = json.loads(run("inspect", str(path), "--json").stdout)
    text = path.read_text("utf-8")
    for document in data["documents"]:
        for clause in document["clauses"]:
            assert text[clause["start"] : clause["end"]] == clause["text"]
    assert data["characters"]["unaccounted"] == 0


def test_status_shows_what_the_index_holds(index_dir: Path) -> None:
    """Documents with their place, and which has run out."""
    process = run("status", "--index", str(index_dir))
    assert "183 clauses" in " ".join(process.stdout.split())
    assert "2025-12-31 (run out)" in process.stdout
    assert "Up to date." in process.stdout
    assert (
        len(json.loads(run("status", "--index", str(index_dir), "--json").stdout)["documents"]) == 8
    )


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("ask", ""), 2, "The question is empty"),
        (("ask", "长" * 10_000), 2, "10,000 characters"),
        (("ask", "补贴", "--index", "nowhere"), 1, "Build it: assistant build --index nowhere"),
        (("ask", "补贴", "--as-of", "soon"), 2, "2026-01-31"),
        (("ask", "补贴", "--as-of", "20250101"), 2, "2026-01-31"),
        (("ask", "\udcff杭州"), 2, "UTF-8"),
        (("chat", "--host", "203.0.113.7", "--no-browser"), 1, "--host 127.0.0.1"),
        (("ask", "补贴", "--model", "./nowhere"), 1, "no model folder ./nowhere"),
        (("build", "--documents", "nowhere"), 1, "no documents folder"),
        (("inspect", "nowhere.txt"), 1, "nowhere.txt"),
        (("inspect", "pyproject.toml"), 1, ".txt, .md"),
        (("status", "--index", "nowhere"), 1, "assistant build"),
        (("ask",), 2, "assistant --help"),
        (("frobnicate",), 2, "assistant --help"),
        (("chat", "--port", "99999"), 2, "assistant --help"),
    ],
)
def test_bad_input_gives_one_clear_line(arguments: tuple[str, ...], status: int, said: str) -> None:
    """Each mistake: one line that names what to do, the exit status of its kind, no traceback."""
    assert said in one_line(run(*arguments), status)


def test_the_remedy_names_the_folders_of_the_call(tmp_path: Path) -> None:
    """The command that mends it is the one for the index that was named."""
    line = one_line(run("ask", "补贴", "--index", str(tmp_path / "不 在")), 1)
    assert line.endswith(f"Build it: assistant build --index '{tmp_path}/不 在'")


def test_an_interrupted_command_says_so(tmp_path: Path) -> None:
    """Ctrl-C: one line that says what is kept, exit status 130, and no generation."""
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant", "build", "--index", str(tmp_path)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heeding_interrupts,  # noqa: PLW1509 - no threads in the child yet
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "build.lock").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    last = said.strip().splitlines()[-1]
    assert last.startswith("assistant: Stopped. What was encoded is kept")
    assert not (tmp_path / "current").exists()


def test_output_to_a_file_is_utf8_everywhere() -> None:
    """An encoding without Chinese, as Windows has for files, does no harm."""
    process = start(
        "inspect", str(DOCUMENTS / "chengdu-three-year-plan.txt"), PYTHONIOENCODING="cp1252"
    )
    assert process.returncode == 0, process.stderr
    assert "三、聚焦链接全球市场" in process.stdout


def test_a_file_without_a_policy_can_be_inspected(tmp_path: Path) -> None:
    """What a build refuses can be looked at: everything is left out, with reasons."""
    path = tmp_path / "junk.txt"
    path.write_text("版权所有 © 2024\n首页 > 下载\n", "utf-8")
    process = run("inspect", str(path))
    assert process.returncode == 0, process.stderr
    assert "0 clauses" in process.stdout


def test_status_and_build_agree(tmp_path: Path) -> None:
    """A file that was empty at the last build and is filled since is news to both."""
    library, index = tmp_path / "documents", tmp_path / "index"
    library.mkdir()
    (library / "a.txt").write_text(
        "某市措施\n一、支持甲。给予补贴。\n二、支持乙。给予奖励。\n", "utf-8"
    )
    (library / "b.txt").touch()
    arguments = ("--documents", str(library), "--index", str(index), "--json")
    assert run("build", *arguments).returncode == 0
    assert json.loads(run("status", *arguments).stdout)["up_to_date"] is True
    (library / "b.txt").write_text(
        "某市办法\n一、支持丙。给予补贴。\n二、支持丁。给予奖励。\n", "utf-8"
    )
    assert json.loads(run("status", *arguments).stdout)["changed_files"] == ["b.txt"]


def test_debug_shows_where_an_error_arose() -> None:
    """With ``--debug`` the traceback comes before the line."""
    process = start("ask", "补贴", "--index", "nowhere", "--debug")
    assert process.returncode == 1
    assert "Traceback" in process.stderr
    assert process.stderr.strip().endswith("Build it: assistant build --index nowhere")


def test_a_port_in_use_is_named_before_anything_is_built(tmp_path: Path) -> None:
    """The chat says at once that the port is taken and how to take another."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        line = one_line(run("chat", "--port", port, "--no-browser", "--index", str(tmp_path)), 1)
    assert port in line
    assert "--port" in line
    assert list(tmp_path.iterdir()) == []


def test_every_command_is_in_the_readme() -> None:
    """What the program can do is documented."""
    for name in ("README.md", "README.zh-CN.md"):
        readme = (ROOT / name).read_text("utf-8")
        for command in app.registered_commands:
            assert command.callback is not None
            assert f"assistant {command.callback.__name__}" in readme, (
                name,
                command.callback.__name__,
            )


def test_help_is_light_and_complete() -> None:
    """``--help`` lists each command with one line that is not cut off."""
    result = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "80"})
    assert result.exit_code == 0
    names = ("build", "watch", "ask", "inspect", "status", "evaluate", "chat", "index")
    for name in names:
        assert re.search(rf"^  {name}\s+\S.*[.]$", result.output, re.MULTILINE), result.output
    assert "..." not in result.output.split("Commands:")[1]


@pytest.fixture(scope="module")
def small(
    tmp_path_factory: pytest.TempPathFactory, tiny_model: Path
) -> tuple[Path, tuple[str, ...]]:
    """A small library with an index of two generations, and the options that name them."""
    folder = tmp_path_factory.mktemp("small")
    documents = folder / "documents"
    documents.mkdir()
    options = ("--index", str(folder / "index"), "--model", str(tiny_model))
    for amount in (200, 300):
        text = f"杭州市若干措施\n一、支持独立站。给予{amount}万元。\n二、支持海外仓。给予奖励。\n"
        (documents / "杭州.txt").write_text(text, "utf-8")
        process = run("build", "--documents", str(documents), *options)
        assert process.returncode == 0, process.stderr
    return documents, options


def test_a_plan_is_printed(small: tuple[Path, tuple[str, ...]]) -> None:
    """What a build would do, in words and as JSON; nothing is done."""
    documents, options = small
    named = ("--documents", str(documents), *options)
    assert "Up to date" in run("build", "--plan", *named).stdout
    (documents / "新.txt").write_text("成都市措施\n一、支持园区。\n二、支持融资。\n", "utf-8")
    try:
        process = run("build", "--plan", *named)
        assert re.search(r"added +新\.txt", process.stdout)
        assert "To encode: 2 passages" in process.stdout
        data = json.loads(run("build", "--plan", "--json", *named).stdout)
        assert data["files_added"] == ["新.txt"]
        assert not data["up_to_date"]
    finally:
        (documents / "新.txt").unlink()
    assert "Up to date" in run("build", "--plan", *named).stdout


def test_an_index_is_listed_verified_and_turned_back(small: tuple[Path, tuple[str, ...]]) -> None:
    """``index list | verify | rollback | prune``, in 80 columns; a damaged file is named with what
    mends it, exit status 1."""
    documents, options = small
    index = options[:2]
    listed = run("index", "list", *index).stdout
    assert max(map(cell_len, listed.splitlines())) <= 80
    assert re.search(r"000002-\S+ .*in use", listed)
    assert "are whole" in run("index", "verify", *index).stdout
    assert "000001-" in run("index", "rollback", *options).stdout
    assert [one["in_use"] for one in json.loads(run("index", "list", "--json", *index).stdout)] == [
        False,
        True,
    ]
    newest = next((Path(index[1]) / "generations").glob("000002-*"))
    data = bytearray((newest / "dense.faiss").read_bytes())
    data[-3] ^= 1
    (newest / "dense.faiss").write_bytes(data)
    process = run("index", "verify", *index)
    assert process.returncode == 1
    assert "dense.faiss: its checksum differs" in process.stdout
    assert "1 of the" in process.stderr
    one_line(run("index", "rollback", newest.name, *options), 1)
    assert f"Removed: {newest.name}." in run("index", "prune", "--keep", "2", *index).stdout
    assert "Nothing" in run("index", "prune", "--keep", "2", *index).stdout
    one_line(run("index", "list", "--index", str(documents)), 1)
    assert run("build", "--documents", str(documents), *options).returncode == 0
    assert re.search(r"000002-\S+ .*in use", run("index", "list", *index).stdout)


@pytest.mark.skipif(sys.platform == "win32", reason="sends an interrupt")
def test_watch_follows_until_it_is_interrupted(small: tuple[Path, tuple[str, ...]]) -> None:
    """It says what it does; Ctrl-C ends it."""
    documents, options = small
    with subprocess.Popen(
        [sys.executable, "-m", "assistant", "watch", "--documents", str(documents), *options],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "80", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        preexec_fn=_heeding_interrupts,  # noqa: PLW1509 - no threads in the child yet
    ) as process:
        assert process.stdout
        assert process.stderr
        try:
            assert "Watching" in process.stdout.readline()
            assert "2 clauses" in process.stdout.readline()
            (documents / "空.txt").write_bytes(b"")
            assert "1 not read" in process.stdout.readline()
            new = "成都市措施\n一、支持园区。\n二、支持融资。\n"
            (documents / "新.txt").write_text(new, "utf-8")
            assert re.search(r"Index: 1 added, 1 not read; 4 clauses", process.stdout.readline())
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 130
            said = process.stderr.read()
            assert said.splitlines()[-1] == "assistant: Stopped."
            assert said.count("Not read") == 1, "once, as nothing about it changed"
        finally:
            process.kill()
            for name in ("新.txt", "空.txt"):
                (documents / name).unlink(missing_ok=True)
