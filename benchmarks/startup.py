"""From nothing to an answer: unpacking the encoder, building, opening, the chat page, its memory.

Each step runs in a process of its own, as a user's does.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.common import ROOT, Bench, Options, report, table

_UNPACK = (
    "from assistant import Settings; from assistant.index import bundled; "
    "from assistant.index.encoder import adapter_of; settings = Settings.load(); "
    "bundled.model_folder(settings.cache_dir, adapter=adapter_of(settings))"
)
_PAGE_TIMEOUT = 300


def run(bench: Bench, options: Options) -> None:  # noqa: ARG001 - every benchmark has this shape
    """Prints seconds for each step and the chat's memory after ten questions."""
    result: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        cache, index = Path(folder, "cache"), Path(folder, "index")
        environment = {**os.environ, "ASSISTANT_CACHE_DIR": str(cache)}
        unpack = [sys.executable, "-c", _UNPACK]
        result["unpack the encoder, s"] = _seconds(unpack, environment)
        command = [sys.executable, "-m", "assistant"]
        build = [*command, "build", "--index", str(index)]
        result["build the five documents, s"] = _seconds(build, environment)
        result["build them again, s"] = _seconds(build, environment)
        question = "杭州对自建独立站有什么补贴？"
        result["ask on the command line, s"] = _seconds(
            [*command, "ask", question, "--index", str(index)], environment
        )
        result |= _page(index, environment)
    table(("step", "measured"), list(result.items()))
    report("startup", result)


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, cwd=ROOT, env=environment, capture_output=True)
    return time.perf_counter() - begin


def _page(index: Path, environment: dict[str, str]) -> dict[str, float]:
    """Seconds until the page answers, and the memory of its process."""
    from gradio_client import Client

    port = free_port()
    command = [sys.executable, "ui.py", "--port", str(port), "--index", str(index)]
    begin = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}/"
        wait_until_served(url, process)
        ready = time.perf_counter() - begin
        client = Client(url, verbose=False)
        for n in range(10):
            client.predict(f"杭州对独立站有什么补贴？第{n}次", api_name="/ask")
        memory = resident_mb(process.pid) / 1e3
        return {"chat, warm, to a page that answers, s": ready, "memory of the chat, GB": memory}
    finally:
        process.terminate()
        process.wait()


def resident_mb(pid: int) -> float:
    """The memory that a process holds; unknown where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(found[1]) / 1e3 if found else float("nan")


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_served(url: str, process: subprocess.Popen[bytes]) -> None:
    """Waits until ``process`` answers at ``url``; raises what is wrong where it does not."""
    begin = time.perf_counter()
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own page
        except OSError:
            if time.perf_counter() - begin > _PAGE_TIMEOUT or process.poll() is not None:
                raise
            time.sleep(0.05)
        else:
            return
