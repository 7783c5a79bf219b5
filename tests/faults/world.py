"""What faults are done to: a few small files, their index, and what it answers.

A :class:`World` lays out copies of one index, so that a fault costs a tenth of a second, and knows
what a build from nothing answers. All of it runs in one process that forks: the words' dictionary
and the libraries are loaded once.
"""

from __future__ import annotations

import os
import pickle
import select
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

from assistant import Assistant, BuildReport, Settings
from assistant.errors import AssistantError
from assistant.index import Builder, Tokenizer, draft, generation
from assistant.progress import ProgressCallback, silent
from tests.conftest import FakeEncoder

Answers = tuple[tuple[object, ...], ...]

QUESTIONS = (
    "杭州对自建独立站有什么补贴？",
    "海外仓补贴多少？",
    "深圳对园区奖励多少？",
)
_HANGZHOU = (
    "杭州市独立站扶持政策\n一、支持独立站。对自建独立站的企业给予最高{}万元补贴。"
    "同一企业每年不超过两次。\n二、支持海外仓。给予最高50万元奖励。由市商务局负责。\n"
)
_CHENGDU = (
    "成都市跨境电商若干措施\n一、支持园区。给予300万元奖励。\n二、支持融资。贴息不超过100万元。\n"
)
_SHENZHEN = (
    "# 深圳市园区办法\n\n第一条 对园区给予{}万元奖励。\n\n第二条 本办法自2024年1月1日起施行。\n"
)
_JIAXING = "嘉兴市海外仓细则\n一、支持海外仓。每个海外仓补贴80万元。\n二、支持人才。给予补助。\n"

PATIENCE = 120
"""Seconds after which a child that has not come to an end counts as hanging."""
NOBODY = 65534


def texts(version: int) -> dict[str, str]:
    """The documents in their versions: from 1 on a text is gone, another has come, and two are
    changed with each."""
    found = {
        "hangzhou.txt": _HANGZHOU.format(200 + version),
        "南方/shenzhen.md": _SHENZHEN.format(500 + version),
    }
    found |= {"jiaxing.txt": _JIAXING} if version >= 1 else {"chengdu.txt": _CHENGDU}
    return found


def lay(folder: Path, files: Mapping[str, str]) -> None:
    """Makes ``folder`` hold just these files."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


@dataclass(frozen=True, slots=True)
class Case:
    """A documents folder and its index."""

    folder: Path
    settings: Settings
    tokenizer: Tokenizer
    served: frozenset[str] = frozenset()
    """The ids of the generations that it begins with."""

    @property
    def documents(self) -> Path:
        return self.settings.documents

    @property
    def index(self) -> Path:
        return self.settings.index

    @property
    def used(self) -> Path:
        """The folder of the generation in use."""
        return self.index / "generations" / (self.index / "current").read_text("utf-8").strip()

    def build(self, *, full: bool = False, progress: ProgressCallback = silent) -> BuildReport:
        builder = Builder(self.settings, FakeEncoder(), self.tokenizer, progress)
        return builder.build(self.documents, self.index, full=full)

    def open(self) -> Assistant:
        return Assistant.with_parts(self.index, self.settings, FakeEncoder(), self.tokenizer)

    def answers(self) -> Answers:
        """What the index answers, opened anew."""
        opened = self.open()
        try:
            return answers(opened)
        finally:
            opened.snapshot.store.close()


def answers(assistant: Assistant) -> Answers:
    """For each question the clauses found, with their texts and scores, and the answer's text."""
    found: list[tuple[object, ...]] = []
    for question in QUESTIONS:
        hits = assistant.retrieve(question)
        shown = tuple((hit.clause.id, hit.clause.text, hit.score) for hit in hits)
        found.append((question, shown, assistant.ask(question).text))
    return tuple(found)


class World:
    """Lays out cases below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cache = Settings.load().cache_dir
        self._tokenizer = Tokenizer(self._cache)
        self._count = 0
        self._fresh: dict[tuple[tuple[str, str], ...], Answers] = {}
        draft._BATCH = 4  # several batches, so that a kill may fall between them
        self._template = self.case({}, name="template")
        for version in (-1, 0):  # two generations, so that the next build has one to remove
            lay(self._template.documents, texts(version))
            self._template.build()

    def case(
        self, files: Mapping[str, str], *, index: bool = False, name: str = "", keep: int = 2
    ) -> Case:
        """A case with these documents and, where ``index``, the index of version 0."""
        self._count += 1
        folder = self._folder / (name or f"case-{self._count}")
        settings = Settings.load(
            documents=folder / "documents",
            index=folder / "index",
            cache_dir=self._cache,
            keep_generations=keep,
        )
        lay(settings.documents, files)
        if index:
            shutil.copytree(self._template.index, settings.index)
        served = frozenset(generation.generation_ids(settings.index))
        return Case(folder, settings, self._tokenizer, served)

    def fresh(self, files: Mapping[str, str]) -> Answers:
        """What a build of these documents from nothing answers."""
        key = tuple(sorted(files.items()))
        if key not in self._fresh:
            case = self.case(files)
            case.build()
            self._fresh[key] = case.answers()
            self.remove(case)
        return self._fresh[key]

    def remove(self, case: Case) -> None:
        shutil.rmtree(case.folder)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a child ended: ``value`` is what its work returned, ``error`` the kind of its error."""

    kind: Literal["done", "error", "killed", "hung"]
    value: Any = None
    error: str = ""
    expected: bool = False
    """Whether the error is one of the program's own."""
    message: str = ""

    @property
    def in_words(self) -> str:
        return f"{self.kind} {self.error} {self.message}".strip()


def in_child(work: Callable[[], object], *, as_nobody: bool = False) -> Outcome:
    """Does ``work`` in a child, ``as_nobody`` with the rights of a user without any, whom
    permissions bind where they do not bind root."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _work(work, writing, as_nobody=as_nobody and os.geteuid() == 0)
    os.close(writing)
    data, ended = drain(reading, pid)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return Outcome("killed" if ended else "hung")
    return Outcome(*pickle.loads(data))  # noqa: S301 - from our own child


def drain(reading: int, pid: int, patience: float = PATIENCE) -> tuple[bytes, bool]:
    """All that ``pid`` writes into a pipe, and whether it came to its own end; it is killed after
    ``patience`` seconds."""
    deadline, data, ended = time.monotonic() + patience, b"", False
    while not ended and select.select([reading], [], [], max(0.0, deadline - time.monotonic()))[0]:
        some = os.read(reading, 1 << 16)
        data += some
        ended = not some
    os.close(reading)
    if not ended:
        os.kill(pid, signal.SIGKILL)
    return data, ended


def _work(work: Callable[[], object], writing: int, *, as_nobody: bool) -> NoReturn:
    """The child's life; it leaves without any of the parent's clearing up."""
    try:
        if as_nobody:
            os.setgroups([])
            os.setegid(NOBODY)
            os.seteuid(NOBODY)
        said: tuple[object, ...] = ("done", work())
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent judges it
        where = "" if isinstance(error, AssistantError) else f" {traceback.format_exc()[-700:]}"
        kind = type(error).__name__
        said = ("error", None, kind, isinstance(error, AssistantError), f"{error}{where}")
    data = pickle.dumps(said)
    while data:
        data = data[os.write(writing, data) :]
    sys.stdout.flush()
    os._exit(0)
