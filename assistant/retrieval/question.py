"""A question, understood: the places and documents that it names, its words, what it asks for.

Each step is a small function; :class:`Understanding` joins them for one library. Steps can be left
out (:class:`~assistant.retrieval.steps.Step`), so that an evaluation shows what each is worth.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from assistant.errors import QuestionError
from assistant.index import Tokenizer
from assistant.index.entry import Entry
from assistant.reading import Document, places_in, short_name
from assistant.retrieval.kinds import Kind, kinds_of
from assistant.retrieval.spelling import Speller
from assistant.retrieval.steps import NOTHING, Step
from assistant.retrieval.synonyms import Expansion, Synonyms
from assistant.retrieval.titles import Titles
from assistant.text import fold, fold_width, listed

_EVERYWHERE = re.compile(
    r"各个?城市|[哪几]个城市|哪[些座]城市|哪些地方|所有城市|[二两三四五六七八九十]个?城市"
    r"|(?:各|[二两三四五六七八九十]个?)(?:市(?![场级民区面值政])|地(?![级仓块区段址铁产]))"
)
FUNCTION_WORDS = frozenset(
    word for line in listed("assistant.retrieval", "function_words.txt") for word in line.split()
)
_COUNTRIES = sorted(
    (word for line in listed("assistant.retrieval", "countries.txt") for word in line.split()),
    key=len,
    reverse=True,
)
_COUNTRY = re.compile(
    rf"({'|'.join(_COUNTRIES)})(?:政府|当局|官方|那边|这边|当地|本地|的?政策|[呢有对给补]|会不会|公司|企业|$)"
)
"""A country as the place that is asked of, not as one that is dealt with (在美国注册商标)."""
_DEALT_WITH = re.compile(r"[在到往至向给去从与跟和同]$")
_SENT_TO = re.compile("(?:出口|出海|外销|销售?|卖|运输?|发货?|寄|输)[到往至向给]$")
_CODE = re.compile(r"^\d{3,}$|^[a-z]+\d*$")
SYNONYM_WEIGHT = 0.7
"""What a word of the same meaning counts beside the word itself (``benchmarks/fusion.py``)."""
_ASKS = re.compile(r"[几哪啥咋谁]|多少|什么|怎么|为何")
_FILLER = re.compile(r"^[的，,、。\s那边在里对是]+")
_BEFORE_NAME = frozenset('、，,。；;：:？?！! 和与跟同及在对从到往去把让给由比的（(《“"')
_PARTS = re.compile(r"[^？?；;。！!\n]+")
_PART_WORDS = 1
PARTS = 4
"""Questions that are answered at once; of more than these one is read, to know that there are."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what was understood of it.

    ``held`` are the places of the library that it names, ``foreign`` places that the library has
    no document of, both by their short names; ``everywhere`` says that it asks about all places.
    ``documents`` are the rows of the documents that it names by title, ``unheld`` titles that the
    library has not. ``topic`` is the question without the held places: what the encoder gets.
    ``words`` are its content words, without places and function words; ``tokens`` all of its
    words; ``expansions`` the words that others may stand for. ``kinds`` say what it asks for, the
    most telling first. ``mended`` is its text where slips of spelling were mended, else ``None``.
    ``parts`` are the questions in it that have content words, five at most.
    """

    text: str
    topic: str
    held: tuple[str, ...]
    foreign: tuple[str, ...]
    everywhere: bool
    tokens: tuple[str, ...]
    words: tuple[str, ...]
    kinds: tuple[Kind, ...]
    expansions: tuple[Expansion, ...] = ()
    documents: tuple[int, ...] = ()
    unheld: tuple[str, ...] = ()
    mended: str | None = None
    parts: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """The most telling of ``kinds``."""
        return self.kinds[0]

    @property
    def terms(self) -> tuple[Mapping[str, float], ...]:
        """What the lexical channel looks for: for each word those that count as it, by weight."""
        also = {expansion.word: expansion.also for expansion in self.expansions}
        terms = [
            {token: 1.0} | dict.fromkeys(also.pop(token, ()), SYNONYM_WEIGHT)
            for token in self.tokens
        ]
        return (*terms, *(dict.fromkeys(others, SYNONYM_WEIGHT) for others in also.values()))


def check_question(text: str, limit: int) -> str:
    """``text`` without the white space around it. Raises :class:`QuestionError` where nothing or
    more than ``limit`` characters are left."""
    stripped = text.strip()
    try:
        stripped.encode()
    except UnicodeEncodeError as error:
        raise QuestionError("The question is no valid text.", "Type it in UTF-8.") from error
    if not stripped or not any(char.isalnum() for char in stripped):
        raise QuestionError(
            "The question is empty.", 'Ask something: assistant ask "杭州对独立站有什么补贴？"'
        )
    if len(stripped) > limit:
        raise QuestionError(
            f"The question has {len(stripped):,} characters; the limit is {limit:,}.",
            "Shorten it, or raise the limit: ASSISTANT_MAX_QUESTION_CHARS.",
        )
    return stripped


def place_names(entries: Iterable[Entry]) -> dict[str, str]:
    """The names by which the documents' places are called → the place's short name: 杭州 and 杭州市
    → 杭州; an alias that a text gives its own zone (城综试区) → itself."""
    names: dict[str, str] = {}
    folded = lru_cache(maxsize=None)(fold)  # of many documents most are of the same places
    for entry in entries:
        if entry.region:
            short = short_name(entry.region)
            names[folded(short)] = names[folded(entry.region)] = short
            for printed in entry.places[:-1]:
                if printed in entry.title:  # 杭州市余杭区…
                    names.setdefault(folded(printed), short)
                    names.setdefault(folded(short_name(printed)), short)
        for alias in entry.aliases:
            names.setdefault(folded(alias), place_of(entry)[0])
    return names


def place_of(document: Document | Entry) -> tuple[str, ...]:
    """The short names of a document's place: its region, or the aliases where it has none."""
    if document.region:
        return (short_name(document.region),)
    return document.aliases


class Understanding:
    """Understands questions for one library, whose places and titles it knows."""

    def __init__(
        self,
        names: dict[str, str],
        tokenizer: Tokenizer,
        *,
        titles: Titles | None = None,
        synonyms: Synonyms | None = None,
        speller: Speller | None = None,
        without: AbstractSet[Step] = NOTHING,
    ) -> None:
        self._names = names
        self._tokenizer = tokenizer
        self._titles = titles if Step.TITLES not in without else None
        self._synonyms = synonyms if Step.SYNONYMS not in without else None
        self._speller = speller if Step.SPELLING not in without else None
        self._fold = fold_width if Step.SIMPLIFIED in without else fold
        longest_first = sorted(names, key=lambda name: (-len(name), name))
        self._held = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def read(self, text: str) -> Question:
        """What ``text`` asks."""
        typed = self._fold(text)
        folded = self._mended(typed)
        named = self._titles.named(folded) if self._titles else None
        untitled = named.rest if named else folded
        held = tuple(dict.fromkeys(self._names[m.group()] for m in self._held_in(folded)))
        rest = self._without_held(untitled)
        foreign = tuple(dict.fromkeys((*map(short_name, self._places(rest)), *_countries(rest))))
        topic = _FILLER.sub("", rest)
        words = content_words(self._tokenizer.plain_words(rest))
        return Question(
            text=text,
            topic=topic if len(topic) > 1 else folded,
            held=held,
            foreign=foreign,
            everywhere=bool(_EVERYWHERE.search(folded)),
            tokens=tuple(self._tokenizer.tokens(folded)),
            words=tuple(word for word in words if short_name(word) not in foreign),
            kinds=kinds_of(folded),
            expansions=self._synonyms.in_text(rest) if self._synonyms else (),
            documents=named.documents if named else (),
            unheld=named.unheld if named else (),
            mended=folded if folded != typed else None,
            parts=tuple(islice(self._parts(text), PARTS + 1)),
        )

    def also(self, word: str) -> tuple[str, ...]:
        """The words that may stand for ``word``."""
        return self._synonyms.of(word) if self._synonyms else ()

    def _held_in(self, text: str) -> Iterator[re.Match[str]]:
        """The held places that ``text`` names as whole words: 完成都需要 names no 成都. At the
        beginning, and behind another place, a sign or 和, a name counts in any case."""
        boundaries: frozenset[int] | None = None
        behind = 0
        for match in self._held.finditer(text):
            begins = match.start() == behind or text[match.start() - 1] in _BEFORE_NAME
            if not begins:
                if boundaries is None:
                    boundaries = self._tokenizer.boundaries(text)
                begins = match.start() in boundaries
            if begins:
                behind = match.end()
                yield match

    def _without_held(self, text: str) -> str:
        pieces: list[str] = []
        at = 0
        for match in self._held_in(text):
            pieces.append(text[at : match.start()])
            at = match.end()
        return "".join([*pieces, text[at:]])

    def _mended(self, folded: str) -> str:
        """The question with its slips of spelling mended; the places in it are left as they are."""
        if self._speller is None:
            return folded
        return self._speller.mend(folded, self._tokenizer.boundaries(folded))

    def _parts(self, text: str) -> Iterator[str]:
        """The questions in ``text``: its sentences that have content words."""
        for match in _PARTS.finditer(text):
            part = match.group().strip(" ，,、")
            if len(content_words(self._tokenizer.plain_words(part))) >= _PART_WORDS:
                yield part

    def _places(self, text: str) -> Iterator[str]:
        """The places that ``text`` names as the ones it asks of: whole words (普洱茶 and 中山装 are
        none, 苏州工业园区 is), and none that goods are only sent to (出口到香港)."""
        boundaries = self._tokenizer.boundaries(text)
        for start, end, name in places_in(text):
            word_end = min((b for b in boundaries if b >= end), default=end)
            whole = start in boundaries and (word_end == end or word_end >= end + 2)
            if whole and not _SENT_TO.search(text[:start]):
                yield name


def _countries(text: str) -> Iterator[str]:
    """The countries that ``text`` names as the places it asks of."""
    for match in _COUNTRY.finditer(text):
        if not _DEALT_WITH.search(text[: match.start()]):
            yield match.group(1)


def content_words(words: Sequence[str]) -> tuple[str, ...]:
    """The words that say what a question is about: no function words, no bare digits but codes."""
    return tuple(
        dict.fromkeys(
            word
            for word in words
            if word not in FUNCTION_WORDS
            and not _ASKS.search(word)
            and (not word.isdecimal() or _CODE.match(word))
        )
    )
