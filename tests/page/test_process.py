"""Where the page listens, and the program as a process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from assistant import Assistant, Settings
from assistant.errors import ServerError
from assistant.page.listen import listening
from assistant.page.serving import Serving, is_loopback
from tests.conftest import ROOT, free_port, wait_until_served

Little = tuple[Assistant, Settings]


# where it listens


EVERYWHERE = "0.0.0.0"  # noqa: S104 - it is refused


@pytest.mark.parametrize("host", [EVERYWHERE, "192.168.1.2", "::", "example.com", "2001:db8::1"])
def test_others_are_let_in_only_on_purpose(host: str, tmp_path: Path) -> None:
    """An address that others can reach needs users, or the word that anybody may come."""
    with pytest.raises(ServerError, match=r"assistant users add .*--open.*--host 127\.0\.0\.1"):
        Serving(host=host).check()
    Serving(host=host, open=True).check()
    Serving(host=host, users=tmp_path / "users").check()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_needs_no_users(host: str) -> None:
    """The machine's own addresses can be listened on as they are."""
    Serving(host=host).check()
    assert is_loopback(host) == (host != "localhost")


def test_a_port_in_use_is_an_error_with_another() -> None:
    """It names the next one."""
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=f"--port {port + 1}"), listening("127.0.0.1", port):
            pass


def test_small_answers_are_sent_at_once() -> None:
    """The socket says that it is TCP's: only then does asyncio not wait for the other side before
    it sends the second half of an answer."""
    with listening("127.0.0.1", 0) as sock:
        assert sock.proto == socket.IPPROTO_TCP


# as a process


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> tuple[str, ...]:
    """A small library, and the options that name it."""
    folder = tmp_path_factory.mktemp("process")
    (folder / "documents").mkdir()
    (folder / "documents" / "a.txt").write_text(
        "杭州市措施\n一、支持独立站。\n二、支持海外仓。\n", "utf-8"
    )
    return (
        "--documents", str(folder / "documents"), "--index", str(folder / "index"),
        "--model", str(tiny_model),
    )  # fmt: skip


@pytest.mark.parametrize(("sign", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_ends_while_pages_are_open(
    options: tuple[str, ...], sign: signal.Signals, status: int
) -> None:
    """Told to end or interrupted, the program ends by itself though a stream is open; the first
    thing that it says is where the chat is."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "ui.py", "--port", str(port), *options],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )  # fmt: skip
    try:
        wait_until_served(f"http://127.0.0.1:{port}/healthz", process)
        with httpx.stream(
            "GET", f"http://127.0.0.1:{port}/gradio_api/heartbeat/x", timeout=60, trust_env=False
        ) as stream:
            assert "ALIVE" in next(stream.iter_lines())
            process.send_signal(sign)
            out, error = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == status, error.decode()
    assert out.decode().startswith(f"The chat is at http://localhost:{port}/")
    assert b"Traceback" not in error


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--host", EVERYWHERE), "assistant users add"),
     (("--users", "nowhere/users"), "assistant users add NAME --users nowhere/users"),
     (("--rate-limit", "often"), "a rate like 60/minute"),
     (("--root-path", "policies"), "a path like /policies")],
)  # fmt: skip
def test_what_can_not_be_served_is_said_at_once(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    """One line that names the way out, before anything is built."""
    process = subprocess.run(
        [sys.executable, "-m", "assistant", "chat", "--no-browser", "--index", str(tmp_path / "i"),
         "--port", str(free_port()), *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "COLUMNS": "1000"},
    )  # fmt: skip
    assert process.returncode in (1, 2)
    assert said in process.stderr
    assert len(process.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "i").exists()
