"""``assistant …`` as a process: started as a user does, or forked from one that has begun already.

Most of a short command's time goes into importing PyTorch, transformers and the like. :func:`run`
has them imported once, in a process that then forks for each call: what happens in the fork is what
``python -m assistant`` does, with its own arguments, environment, folder, output and exit status.
:func:`start` begins from nothing; every command is run so somewhere, at least by the READMEs' tests.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_PATIENCE = 300  # seconds
_HEAVY = ("assistant", "faiss", "rich.console", "sentence_transformers", "typer")
"""Imported before the forks; ``assistant.cli`` is not, as it looks at its environment when it is."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def _environment(given: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "COLUMNS": "80", "PYTHONPATH": str(ROOT), **given}


def start(
    *arguments: str, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """``assistant …`` as a user starts it, in an 80-column terminal's width."""
    return subprocess.run(
        [sys.executable, "-m", "assistant", *arguments],
        cwd=cwd,
        env=_environment(environment),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=_PATIENCE,
        check=False,
    )


def run(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """The same in a fork of a process that has imported everything."""
    if not hasattr(os, "fork"):
        return start(*arguments, cwd=cwd, **environment)
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        call = {
            "arguments": arguments,
            "cwd": str(cwd),
            "environment": _environment(environment),
            "out": str(out),
            "err": str(err),
        }
        status = _ask(call)
        said = (path.read_text("utf-8") for path in (out, err))
        return subprocess.CompletedProcess(arguments, status, *said)


@cache
def _forking() -> subprocess.Popen[str]:
    """The process that forks; it ends when its input does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.program"],
        cwd=ROOT,
        env=_environment({}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def end() -> None:
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        process.wait(_PATIENCE)
        process.stdout.close()

    atexit.register(end)
    return process


def _ask(call: dict[str, Any]) -> int:
    """The exit status of a call, as ``subprocess`` gives it."""
    process = _forking()
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(call) + "\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def serve() -> None:
    """Reads a call in each line, forks, and writes the exit status."""
    for module in _HEAVY:
        __import__(module)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _call(**json.loads(line))
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _call(arguments: list[str], cwd: str, environment: dict[str, str], out: str, err: str) -> None:
    """The life of a fork. It leaves without clearing up behind what it was forked from."""
    signal.alarm(_PATIENCE)
    for handle, name, flags in ((0, os.devnull, os.O_RDONLY), (1, out, _NEW), (2, err, _NEW)):
        os.dup2(os.open(name, flags, 0o600), handle)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - a handle
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.argv = ["assistant", *arguments]
    status = 1
    try:
        runpy.run_module("assistant", run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
    except BaseException:  # noqa: BLE001 - shown as the interpreter shows it
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(OSError, ValueError):
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    serve()
