"""Reads an uploaded file once, away from the page, before it is taken.

A file may be made to exhaust whoever reads it: a zip that unpacks to gigabytes, a page nested a
million deep, a pdf that draws for hours. The readers have limits of their own; this is the last
one. A second process reads, with bounded memory and time, and what kills it kills nothing else.

The process is started by the first upload, serves the next ones, and ends when none comes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from weakref import finalize

from assistant import errors
from assistant.clauses import read_outline
from assistant.errors import ReadingError
from assistant.page.library.overview import LeftOutCount
from assistant.page.library.refusals import RefusedError
from assistant.reading import parse, read_bytes

SECONDS = 60.0
"""How long a file may take; a book of laws of a thousand pages takes some seconds."""
MEMORY = 2_000_000_000
"""Bytes that the reading process may have."""
_IDLE = 60.0
"""Seconds without a file after which the process ends."""
_START = "from assistant.page.library.reader import serve; serve()"


@dataclass(frozen=True, slots=True)
class Found:
    """A document in an uploaded file, as the answer to the upload lists it."""

    name: str
    part: str
    place: str
    clauses: int


@dataclass(frozen=True, slots=True)
class Held:
    """What an uploaded file holds."""

    documents: tuple[Found, ...]
    left_out: tuple[LeftOutCount, ...]

    @property
    def clauses(self) -> int:
        """The clauses of all its documents."""
        return sum(document.clauses for document in self.documents)


class BoundedReader:
    """Reads files in a process of its own, one after another. It may be used from several
    threads."""

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._process: subprocess.Popen[bytes] | None = None
        self._forgotten: finalize[[subprocess.Popen[bytes]], BoundedReader] | None = None
        self._turn = threading.Lock()
        self._idle: threading.Timer | None = None

    def read(self, path: Path, source: str, beside: Path | None = None) -> Held:
        """What is in the file at ``path``, which is to be called ``source``; ``beside`` is its
        sidecar. Raises :class:`ReadingError` as the reader does, and :class:`RefusedError` where it
        takes too long or too much memory, or holds no clause."""
        job = {
            "path": os.fspath(path.absolute()),
            "source": source,
            "beside": os.fspath(beside.absolute()) if beside else None,
        }
        with self._turn:
            if self._idle:
                self._idle.cancel()
            answer = self._asked(job, source)
            self._idle = threading.Timer(_IDLE, self.close)
            self._idle.daemon = True
            self._idle.start()
        if "error" in answer:
            raise _error(answer["error"], source)
        if not any(document["clauses"] for document in answer["documents"]):
            raise RefusedError("no_clause", name=source)
        return Held(
            tuple(Found(**document) for document in answer["documents"]),
            tuple(LeftOutCount(*one) for one in answer["left_out"]),
        )

    def close(self) -> None:
        """Ends the process; the next file starts another."""
        with self._turn:
            self._end()

    def _end(self) -> None:
        if self._forgotten:
            self._forgotten()  # ends the process
        self._process = self._forgotten = None

    def _asked(self, job: dict[str, Any], source: str) -> dict[str, Any]:
        """The process's answer. One that ended between two files is started again, once."""
        line = json.dumps(job).encode() + b"\n"
        for fresh in (False, True):
            process = self._running() if not fresh else self._started()
            late = threading.Event()

            def give_up(process: subprocess.Popen[bytes] = process, late: Any = late) -> None:
                late.set()
                process.kill()

            timer = threading.Timer(self._seconds, give_up)
            timer.start()
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(line)
                process.stdin.flush()
                said = process.stdout.readline()
                answer: dict[str, Any] | None = json.loads(said) if said else None
            except (OSError, ValueError):
                answer = None
            finally:
                timer.cancel()
            if answer is None:
                self._end()
            if late.is_set():
                self._end()
                raise RefusedError("read_long", name=source)
            if answer is not None:
                if answer.pop("last", False):
                    self._end()
                return answer
        raise RefusedError("read_failed", name=source)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process and self._process.poll() is None:
            return self._process
        return self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        self._end()
        home = os.fspath(Path(errors.__file__).parent.parent)
        path = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-c", _START, str(self._memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},
        )
        self._forgotten = finalize(self, _stop, self._process)  # also at the program's end
        return self._process


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and gives back what it held."""
    with suppress(OSError):
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            if pipe:
                pipe.close()


def _error(said: dict[str, str], source: str) -> Exception:
    """The error that the process met."""
    kind = getattr(errors, said["type"], None)
    if isinstance(kind, type) and issubclass(kind, ReadingError):
        return kind(said["message"], said["remedy"])
    return RefusedError(
        "read_memory" if said["type"] == "MemoryError" else "read_failed", name=source
    )


def serve() -> None:
    """The reading process: a job a line on its input, an answer a line on its output."""
    _bound(int(sys.argv[1]))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    jobs: IO[bytes] = sys.stdin.buffer
    for line in jobs:
        answer = _answer(json.loads(line))
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _bound(memory: int) -> None:
    """Limits this process's memory, where the system can, and lets others go first."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - Windows has none

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with suppress(AttributeError, OSError):
        os.nice(5)


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    source: str = job["source"]
    try:
        data = read_bytes(Path(job["path"]), source)
        beside = Path(job["beside"]) if job["beside"] else None
        file = parse(data, source, read_bytes(beside, beside.name) if beside else None)
        outlines = [read_outline(document) for document in file.documents]
    except ReadingError as error:
        kind = type(error).__name__
        return {"error": {"type": kind, "message": error.message, "remedy": error.remedy}}
    except MemoryError:
        return {"error": {"type": "MemoryError"}, "last": True}
    except Exception as error:  # noqa: BLE001 - a file that breaks the reader is refused
        return {"error": {"type": type(error).__name__}}
    pieces: Counter[str] = Counter()
    characters: Counter[str] = Counter()
    for piece in file.left_out:
        pieces[piece.reason] += 1
        characters[piece.reason] += piece.end - piece.start
    return {
        "documents": [
            {
                "name": outline.document.name,
                "part": outline.document.part,
                "place": outline.document.region,
                "clauses": len(outline.clauses),
            }
            for outline in outlines
        ],
        "left_out": [(reason, pieces[reason], characters[reason]) for reason in pieces],
    }
