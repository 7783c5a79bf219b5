"""A question, understood: the places that it names, its words, what kind of thing it asks for.

Each step is a small function; :class:`Understanding` joins them for one library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from assistant.errors import QuestionError
from assistant.index import Tokenizer
from assistant.reading import Document, places_in, short_name
from assistant.text import fold

_EVERYWHERE = re.compile(
    r"各个?城市|[哪几]个城市|哪[些座]城市|哪些地方|所有城市|[二两三四五六七八九十]个?城市"
    r"|(?:各|[二两三四五六七八九十]个?)(?:市(?![场级民区面值政])|地(?![级仓块区段址铁产]))"
)
_WORDS_FILE = files("assistant.retrieval").joinpath("function_words.txt")
_FUNCTION_WORDS = frozenset(
    word
    for line in _WORDS_FILE.read_text("utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
)
_SENT_TO = re.compile("(?:出口|出海|外销|销售?|卖|运输?|发货?|寄|输)[到往至向给]$")
_CODE = re.compile(r"^\d{3,}$|^[a-z]+\d*$")
_FILLER = re.compile(r"^[的，,、。\s那边在里对是]+")
_KINDS = (
    (
        "who",
        r"谁|哪[几个些]{0,3}(?:局|部门|单位|机构|委)|(?:责任|主管|负责)(?:单位|部门)|归.{0,8}管|牵头|找哪",
    ),
    ("when", r"什么时候|何时|几月|几号|哪天|哪年|多久|期限|有效期|到期|截止|几年"),
    (
        "amount",
        r"多少|几|最高|最多|最少|至少|上限|封顶|比例|百分之|多大|补.{0,3}(?:万|钱)|金额|指标|目标",
    ),
)


class Kind(StrEnum):
    """What a question asks for."""

    WHO = "who"
    WHEN = "when"
    AMOUNT = "amount"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what was understood of it.

    ``held`` are the places of the library that it names, ``foreign`` places that the library has
    no document of, both by their short names; ``everywhere`` says that it asks about all places.
    ``topic`` is the question without the held places: what the encoder gets. ``words`` are its
    content words, without places and function words; ``tokens`` all of its words.
    """

    text: str
    topic: str
    held: tuple[str, ...]
    foreign: tuple[str, ...]
    everywhere: bool
    tokens: tuple[str, ...]
    words: tuple[str, ...]
    kind: Kind


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


def place_names(documents: Iterable[Document]) -> dict[str, str]:
    """The names by which the documents' places are called → the place's short name: 杭州 and 杭州市
    → 杭州; an alias that a text gives its own zone (城综试区) → itself."""
    names: dict[str, str] = {}
    for document in documents:
        if document.region:
            short = short_name(document.region)
            names[fold(short)] = names[fold(document.region)] = short
            for printed in document.places[:-1]:
                if printed in document.title:  # 杭州市余杭区…
                    names.setdefault(fold(printed), short)
                    names.setdefault(fold(short_name(printed)), short)
        for alias in document.aliases:
            names.setdefault(fold(alias), place_of(document)[0])
    return names


def place_of(document: Document) -> tuple[str, ...]:
    """The short names of a document's place: its region, or the aliases where it has none."""
    if document.region:
        return (short_name(document.region),)
    return document.aliases


class Understanding:
    """Understands questions for one library, whose places it knows."""

    def __init__(self, names: dict[str, str], tokenizer: Tokenizer) -> None:
        self._names = names
        self._tokenizer = tokenizer
        longest_first = sorted(names, key=lambda name: (-len(name), name))
        self._held = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def read(self, text: str) -> Question:
        """What ``text`` asks."""
        folded = fold(text)
        held = tuple(dict.fromkeys(self._names[m.group()] for m in self._held.finditer(folded)))
        rest = self._held.sub("", folded)
        foreign = tuple(dict.fromkeys(map(short_name, self._places(rest))))
        topic = _FILLER.sub("", rest)
        words = content_words(self._tokenizer.words(rest))
        tokens = tuple(self._tokenizer.tokens(folded))
        return Question(
            text=text,
            topic=topic if len(topic) > 1 else folded,
            held=held,
            foreign=foreign,
            everywhere=bool(_EVERYWHERE.search(folded)),
            tokens=tokens,
            words=tuple(word for word in words if short_name(word) not in foreign),
            kind=kind_of(folded),
        )

    def _places(self, text: str) -> Iterator[str]:
        """The places that ``text`` names as the ones it asks of: whole words (普洱茶 and 中山装 are
        none, 苏州工业园区 is), and none that goods are only sent to (出口到香港)."""
        boundaries = self._tokenizer.boundaries(text)
        for start, end, name in places_in(text):
            word_end = min(b for b in boundaries if b >= end)
            whole = start in boundaries and (word_end == end or word_end >= end + 2)
            if whole and not _SENT_TO.search(text[:start]):
                yield name


def content_words(words: Sequence[str]) -> tuple[str, ...]:
    """The words that say what a question is about: no function words, no bare digits but codes."""
    return tuple(
        dict.fromkeys(
            word
            for word in words
            if word not in _FUNCTION_WORDS and (not word.isdecimal() or _CODE.match(word))
        )
    )


def kind_of(text: str) -> Kind:
    """What kind of thing is asked for, by the question words."""
    for name, pattern in _KINDS:
        if re.search(pattern, text):
            return Kind(name)
    return Kind.OTHER
