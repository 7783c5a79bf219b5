"""What the tests share: a small fake encoder, settings, and one index of the five documents."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from filelock import FileLock

from assistant import Assistant, Document, Settings, build_index, split_clauses
from assistant.clauses import Clause, Outline
from assistant.index import Builder, BuildReport, Tokenizer
from assistant.index.dense import Vectors
from assistant.progress import silent
from assistant.reading.documents import split_documents
from assistant.reading.extract import Extract

# CI tries the same examples each time, so that a change fails for what it changed; elsewhere every
# run looks at new ones.
# No example has a deadline: how long one takes depends on what else the machine does.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis.settings.register_profile("elsewhere", deadline=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "elsewhere")

# Each of several workers has its share of the cores: threads of two workers on one core wait for
# each other at every step of a model, and a question takes a second instead of a thirtieth of it.
if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
    share = str(max(1, (os.cpu_count() or 1) // int(workers)))
    for threads in ("ASSISTANT_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(threads, share)

LONG = (
    "index/test_faults.py",  # first, as it needs no index: the other worker makes that meanwhile
    "page/",
    "test_readme.py",
    "test_cli.py",
    "index/test_bundled.py",
    "evaluation/test_evaluation.py",
    "index/test_int8.py",
    "evaluation/test_command.py",
    "answering/test_refusals.py",
    "answering/test_dialogues.py",
    "index/test_engines.py",
    "reading/formats/",
    "index/test_build.py",
    "test_watch.py",
)
"""Files that take long, the longest first. Where several workers take file after file, one that
begins with the last of them would leave the others with nothing to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the tests of :data:`LONG` first; the others keep their order."""

    def place(item: pytest.Item) -> int:
        name = item.path.relative_to(Path(__file__).parent).as_posix()
        return next((i for i, long in enumerate(LONG) if name.startswith(long)), len(LONG))

    items.sort(key=place)


def examples(usual: int) -> int:
    """How many examples a property is tried on: ``FUZZ_EXAMPLES`` where that is set (``make fuzz``),
    ``usual`` elsewhere."""
    return int(os.environ.get("FUZZ_EXAMPLES", usual))


ROOT = Path(__file__).parent.parent
DOCUMENTS = ROOT / "documents"
GOLD = Path(__file__).parent / "gold"
SEED = 5


class FakeEncoder:
    """Vectors of hashed pairs of characters: deterministic, instant, and near for like texts."""

    dimension = 96

    def __init__(self, fingerprint: str = "fake-1") -> None:
        self.fingerprint = fingerprint
        self.encoded: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(text) for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.encoded.extend(texts)
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Vectors:
        vector = np.full(self.dimension, 1e-3, np.float32)
        for i in range(len(text) - 1):
            vector[zlib.crc32(text[i : i + 2].encode()) % self.dimension] += 1
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def documents_of(text: str, source: str = "t.txt") -> tuple[Document, ...]:
    """The documents in a text, as if it were a file."""
    return split_documents(Extract(text), source).documents


def clauses_of(text: str) -> list[Clause]:
    """The clauses of all documents in a text."""
    return [clause for document in documents_of(text) for clause in split_clauses(document)]


def spans_of(outline: Outline) -> list[tuple[int, int]]:
    """Where the clauses and headings of an outline stand, and what it leaves out."""
    spans = [(clause.start, clause.end) for clause in outline.clauses]
    spans += [(heading.start, heading.end) for heading in outline.headings]
    return spans + [(piece.start, piece.end) for piece in outline.left_out]


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_served(url: str, process: subprocess.Popen[bytes], seconds: float = 240) -> None:
    """Waits until ``process`` answers at ``url``."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            assert process.poll() is None, "the page stopped"
            assert time.monotonic() < deadline, "the page did not come up"
            time.sleep(0.1)
        else:
            return


@pytest.fixture(scope="session")
def cache_dir() -> Path:
    """The user's own cache, so that the encoder is unpacked once for all runs."""
    return Settings.load().cache_dir


@pytest.fixture(scope="session")
def tokenizer(cache_dir: Path) -> Tokenizer:
    return Tokenizer(cache_dir)


both_engines = pytest.mark.parametrize("engine", ["embedded", "milvus"], indirect=True)
"""A test that holds whatever engine the vectors and words are in; Milvus is Milvus Lite, the real
one, in a file of the test's own."""


@pytest.fixture
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | None]:
    """The setting ``milvus``: none, but in a test of :data:`both_engines`."""
    if getattr(request, "param", "embedded") == "embedded":
        yield None
        return
    from assistant.index.milvus.server import close_all

    yield str(tmp_path / "milvus" / "index.db")
    close_all()


@pytest.fixture
def settings(tmp_path: Path, cache_dir: Path, engine: str | None) -> Settings:
    return Settings.load(
        documents=tmp_path / "documents",
        index=tmp_path / "index",
        cache_dir=cache_dir,
        milvus=engine,
    )


Build = Callable[..., BuildReport]
Open = Callable[[], Assistant]

HANGZHOU = "杭州市独立站扶持政策\n一、支持独立站。对自建独立站的企业给予最高200万元补贴。\n二、支持海外仓。给予最高50万元奖励。\n"
CHENGDU = (
    "成都市跨境电商若干措施\n一、支持园区。给予300万元奖励。\n二、支持融资。贴息不超过100万元。\n"
)


@pytest.fixture
def library(settings: Settings) -> Path:
    """A documents folder with two files."""
    folder = settings.documents
    folder.mkdir()
    (folder / "hangzhou.txt").write_text(HANGZHOU, "utf-8")
    (folder / "chengdu.txt").write_text(CHENGDU, "utf-8")
    return folder


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def build(settings: Settings, tokenizer: Tokenizer, encoder: FakeEncoder) -> Build:
    """Builds the settings' index from their documents with the fake encoder."""

    def run(*, full: bool = False, using: FakeEncoder = encoder) -> BuildReport:
        builder = Builder(settings, using, tokenizer, silent)
        return builder.build(settings.documents, settings.index, full=full)

    return run


@pytest.fixture
def open_fake(settings: Settings, tokenizer: Tokenizer, encoder: FakeEncoder) -> Open:
    """Opens the settings' index with the fake encoder."""
    return lambda: Assistant.with_parts(settings.index, settings, encoder, tokenizer)


@pytest.fixture(scope="session")
def index_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the five documents, made with the bundled encoder.

    The first worker that needs it encodes the documents, the others wait and take a copy: each has
    a folder of its own, as if it had been alone.
    """
    folder = tmp_path_factory.mktemp("index") / "index"
    if "PYTEST_XDIST_WORKER" not in os.environ:
        build_index(DOCUMENTS, folder)
        return folder
    of_all = tmp_path_factory.getbasetemp().parent / "index-of-all"
    with FileLock(f"{of_all}.lock"):
        if not of_all.exists():
            build_index(DOCUMENTS, folder)
            shutil.copytree(folder, folder.with_name("copy"))
            folder.with_name("copy").rename(of_all)  # what is there is whole
            return folder
    shutil.copytree(of_all, folder)
    return folder


@pytest.fixture(scope="session")
def assistant(index_dir: Path) -> Assistant:
    """An assistant over the five documents, with the bundled encoder."""
    opened = Assistant.open(index_dir)
    opened.warm_up()
    return opened


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers folder with a small model, as a user might name one.

    Its weights are random, from a fixed seed, but texts with like characters have like vectors:
    each Chinese character has a vector of its own, and places in the text have none.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from tokenizers import Tokenizer as Vocabulary
    from tokenizers import models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    plain = tmp_path_factory.mktemp("plain")
    chars = ["[UNK]", "[PAD]", *map(chr, (*range(0x20, 0x7F), *range(0x4E00, 0x9FA6)))]
    vocabulary = Vocabulary(models.WordLevel({c: i for i, c in enumerate(chars)}, "[UNK]"))
    vocabulary.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    PreTrainedTokenizerFast(
        tokenizer_object=vocabulary, unk_token="[UNK]", pad_token="[PAD]", model_max_length=64
    ).save_pretrained(plain)
    config = BertConfig(
        vocab_size=len(chars),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        model = BertModel(config)
    torch.nn.init.zeros_(model.embeddings.position_embeddings.weight)
    torch.nn.init.zeros_(model.embeddings.token_type_embeddings.weight)
    model.save_pretrained(plain)
    folder = tmp_path_factory.mktemp("tiny-model") / "model"
    transformer = Transformer(str(plain))
    SentenceTransformer(
        modules=[transformer, Pooling(transformer.get_embedding_dimension())],
        prompts={"query": "query: ", "document": "passage: "},
        device="cpu",
    ).save(str(folder))
    return folder
