"""What a library speaks of: its subjects, found in its own clauses.

No list says what a subject is. A word is one where a library *returns* to it: it stands in headings
and titles, it comes more than once in the clauses that have it, in some clauses and not in all, in
several documents, and rarely elsewhere in Chinese (the tokenizer's dictionary knows how often
words come in general). What leads sentences (推进, 加强) or only ends phrases (体系, 水平) is none;
where a word stands tells, whatever the trade.

In: the clauses of a store. Out: :class:`Subject`, the best first.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from assistant.index import Store, Tokenizer
from assistant.reading import short_name
from assistant.retrieval import Synonyms
from assistant.text import fold

LOOKED_AT = 10_000
"""Clauses that are looked at; of a larger library some of its documents, evenly spread."""
LIMIT = 32

_WORD = re.compile(r"[\u4e00-\u9fff]{2,6}$")
_STOPS = frozenset("，,。；;：:！!？?")
_ALL_WORDS = 6e7
"""What the frequencies of jieba's dictionary add up to."""
_COMMON, _RARE = 8.0, 11.0
"""Rarity (a negative logarithm) of words that are everywhere, such as 企业; and above which a word
is not made more telling by being rarer still."""
_LARGEST_SHARE = 1 / 3
"""A word of more clauses than this is what the whole library is about."""
_BODY = re.compile(
    r"(?:政府|部门|机关|机构|委员会|法院|检察院|局|厅)$"  # who acts is no subject
    r"|^第|[一二三四五六七八九十百千万亿两].{0,2}元$|^[一二三四五六七八九十百千万亿两]+.?$"
)
_LOOSE = frozenset("vad")
"""Verbs, adjectives and adverbs: less often a subject; nouns made of verbs (vn) are as good."""
_NEVER = ("b", "d", "f", "r", "c", "p", "u", "m", "q", "t", "y")
_PLACE = ("ns", "nt")
_KNOWN_TERM = 2_000_000
"""The frequency at which the tokenizer holds the terms of the trade."""
_CONSIDERED = 8
"""Candidates that are looked at more closely, for each subject that is wanted."""
_MOSTLY, _SAME = 0.6, 0.6
_FAINT = 0.2
"""A word of less than this share of the best one's score is none."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject: its word, and the rows of the clauses that speak of it, in order."""

    name: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """The documents of a store that are looked at, by row, and how many clauses they have."""

    documents: Sequence[int]
    clauses: int


def sample_of(store: Store, clauses: int = LOOKED_AT) -> Sample:
    """Whole documents, evenly spread over the store, with about ``clauses`` clauses together; all
    of them where there are no more."""
    starts = store.clause_document.starts
    count = len(starts) - 1
    if len(store) <= clauses:
        return Sample(range(count), len(store))
    step = len(store) / clauses
    taken: list[int] = []
    held = 0
    at = 0.0
    while int(at) < count and held < clauses:
        row = int(at)
        taken.append(row)
        held += int(starts[row + 1] - starts[row])
        at += step
    return Sample(taken, held)


def subjects_of(
    store: Store,
    tokenizer: Tokenizer,
    *,
    synonyms: Synonyms | None = None,
    limit: int = LIMIT,
    clauses: int = LOOKED_AT,
) -> tuple[Subject, ...]:
    """At most ``limit`` subjects of a library, the best first; of words of one meaning
    (``synonyms``) one stands for all. At most about ``clauses`` clauses are looked at, which takes
    about a second for each two thousand."""
    seen = _Seen(store, tokenizer, synonyms or Synonyms([]))
    seen.read(sample_of(store, clauses).documents)
    return tuple(_chosen(seen, limit))


@dataclass(slots=True)
class _Word:
    """How a word stands in the clauses."""

    rows: list[int] = field(default_factory=list)
    """Those of the clauses that have it, alone or in a longer word."""
    repeated: int = 0
    """Clauses that have it more than once."""
    documents: int = 0
    last: int = -1
    """The document it was last seen in."""
    headings: int = 0
    titles: int = 0
    alone: int = 0
    """Times it is a word of its own; of these, at the beginning and at the end of a phrase:"""
    begins: int = 0
    ends: int = 0
    led: float = 0.0
    """The headings that it is the first word of, and all where it is a word of its own:"""
    leading: float = 0.0


class _Seen:
    """The words of a library."""

    def __init__(self, store: Store, tokenizer: Tokenizer, synonyms: Synonyms) -> None:
        self._store = store
        self._tokenizer = tokenizer
        self._synonyms = synonyms
        self._inner: dict[str, tuple[str, ...]] = {}
        self._headings: set[str] = set()
        self._places = {
            fold(form)
            for entry in store.entries
            for name in (*entry.places, *entry.aliases)
            for form in (name, short_name(name))
        }
        self.words: dict[str, _Word] = {}
        self.clauses = 0
        self.documents = 0

    def read(self, documents: Iterable[int]) -> None:
        """Counts the words of those documents."""
        for document in documents:
            self.documents += 1
            self._headings.clear()
            title = self._tokenizer.pieces(self._store.entries[document].title)
            for word in set(filter(_WORD.match, title)):
                self._word(word).titles += 1
            for row in self._store.rows_of_document(document):
                clause = self._store.clause(row)
                for heading in (clause.heading, *clause.path):
                    self._heading(heading)
                self._clause(row, document, self._tokenizer.pieces(clause.text))

    def _word(self, word: str) -> _Word:
        if word not in self.words:
            self.words[word] = _Word()
        return self.words[word]

    def _all(self, pieces: Iterable[str]) -> Iterator[str]:
        """The words among some pieces, with those inside them."""
        for piece in pieces:
            if piece not in self._inner:
                self._inner[piece] = tuple(self._inside(piece))
            yield from self._inner[piece]

    def _inside(self, piece: str) -> Iterator[str]:
        if not _WORD.match(piece):
            return
        yield piece
        for size in (2, 3):
            for at in range(len(piece) - size + 1):
                if size < len(piece) and self._tokenizer.frequency(piece[at : at + size]):
                    yield piece[at : at + size]

    def _heading(self, heading: str) -> None:
        """Counts a heading of a document, once however many clauses stand below it."""
        if not heading or heading in self._headings:
            return
        self._headings.add(heading)
        pieces = self._tokenizer.pieces(heading)
        for word in set(self._all(pieces)):
            self._word(word).headings += 1
        for at, word in enumerate(filter(_WORD.match, pieces)):
            self._word(word).led += 1
            self._word(word).leading += at == 0

    def _clause(self, row: int, document: int, pieces: list[str]) -> None:
        self.clauses += 1
        before = "。"
        for at, piece in enumerate(pieces):
            if _WORD.match(piece):
                word = self._word(piece)
                word.alone += 1
                word.begins += before in _STOPS
                word.ends += at + 1 == len(pieces) or not _WORD.match(pieces[at + 1])
            before = piece
        for name, times in Counter(self._all(pieces)).items():
            word = self._word(name)
            word.rows.append(row)
            word.repeated += times > 1
            if word.last != document:
                word.last = document
                word.documents += 1

    def family(self, name: str) -> tuple[str, ...]:
        """A word with those of the library that mean the same."""
        others = (o for o in self._synonyms.of(name) if name in self._synonyms.of(o))
        return (name, *(o for o in others if o in self.words and self.words[o].rows))

    def rows(self, names: Iterable[str]) -> set[int]:
        """The clauses that have any of those words."""
        return {row for name in names for row in self.words[name].rows}

    def may_be(self, name: str) -> bool:
        """Whether a word can be a subject at all."""
        word = self.words[name]
        count = len(word.rows)
        least = 2 if self.clauses < 400 else 4
        return bool(
            least <= count <= self.clauses * _LARGEST_SHARE
            and word.alone >= max(2, 0.2 * count)  # else it is but a part of other words
            and (word.repeated or word.headings or self.is_term(name))
            and not _BODY.search(name)
            and name not in self._places
        )

    def is_term(self, name: str) -> bool:
        """Whether the tokenizer holds the word as a term of the trade."""
        return self._tokenizer.frequency(name) >= _KNOWN_TERM

    def score(self, name: str) -> float:
        """How good a subject a word is, above 0; the more the better."""
        word = self.words[name]
        count = len(word.rows)
        term = self.is_term(name)
        frequency = 0 if term else self._tokenizer.frequency(name)
        rarity = min(_RARE, math.log(_ALL_WORDS / (frequency + 60))) - _COMMON
        if rarity <= 0:
            return 0.0
        returns = (word.repeated + 0.3) / (count + 3)
        titled = (1 - word.titles / self.documents) ** 3 if word.titles else 0.0
        named = 0.3 + min(1.2, 3 * word.headings / count) + titled
        if term:
            returns, named = max(returns, 0.25), max(named, 0.9)
        # in most documents of a large library, and in few of their headings: a word of every text
        spread = word.documents / self.documents * min(1.0, self.documents / 40)
        spread *= 0.8 * (1 - min(1.0, 2 * word.headings / count))
        leads = word.leading / max(1.0, word.led) * (0.9 if word.led > 1 else 0.5)
        ends = word.ends / word.alone
        return (
            math.sqrt(count * math.log(self.clauses / count))
            * math.sqrt(rarity)
            * returns
            * named
            * (1 + 0.5 * math.log(word.documents))
            * (1 - spread)
            * (1 - min(1.0, 2 * word.begins / word.alone))
            * (1 - leads)
            * (1.5 if term else 1.0)
            * max(0.0, 1 - (8 * max(0.0, ends - 0.85) if term else 4 * max(0.0, ends - 0.6)))
        )


@dataclass(slots=True)
class _Choice:
    name: str
    family: tuple[str, ...]
    rows: set[int]


def _chosen(seen: _Seen, limit: int) -> Iterator[Subject]:
    """The best words, each with what it stands for."""
    scores = {name: seen.score(name) for name in seen.words if seen.may_be(name)}
    best = sorted(scores, key=lambda name: (-scores[name], name))[: limit * _CONSIDERED]
    kinds = _kinds(best)
    for name in best:
        scores[name] *= 1.0 if seen.is_term(name) else _weight(kinds.get(name, ""), name)
    chosen: list[_Choice] = []
    brightest = 0.0
    best.sort(key=lambda name: (-scores[name], name))
    for name in best:
        if len(chosen) == limit or scores[name] <= max(0.0, _FAINT * brightest):
            break
        family = seen.family(name)
        rows = seen.rows(family)
        if len(rows) > seen.clauses * _LARGEST_SHARE or _is_told(seen, name, rows, chosen):
            continue
        brightest = max(brightest, scores[name])
        chosen.append(_Choice(name, family, rows))
    for choice in chosen:
        yield Subject(choice.name, tuple(sorted(choice.rows)))


def _is_told(seen: _Seen, name: str, rows: set[int], chosen: list[_Choice]) -> bool:
    """Whether a word says what one of the chosen says already. A longer word that is most of a
    chosen one (海外仓 of 海外) takes its place."""
    for one in chosen:
        if name in one.family or name in one.name:
            return True
        if one.name in name:
            if len(seen.words[name].rows) >= _MOSTLY * len(seen.words[one.name].rows):
                one.name, one.family, one.rows = name, seen.family(name), rows
            return True
        if len(rows & one.rows) > _SAME * len(rows | one.rows):
            return True
    return False


def _weight(kind: str, name: str) -> float:
    """What the kind of a word (its tag in jieba's dictionary) makes of its score."""
    if kind.startswith(_NEVER) or (kind in _PLACE and len(name) <= 3):
        return 0.0
    return 0.6 if kind[:1] in _LOOSE and kind != "vn" else 1.0


def _kinds(names: Iterable[str]) -> Mapping[str, str]:
    """The tags of some words in jieba's dictionary."""
    wanted = set(names)
    found: dict[str, str] = {}
    with files("jieba").joinpath("dict.txt").open(encoding="utf-8") as lines:
        for line in lines:
            word = line.partition(" ")[0]
            if word in wanted:
                found[word] = line.split()[-1]
    return found
