"""A question that leans on the ones before → one that stands alone.

「那成都呢？」 asks the last question of another place, 「谁负责？」 about the clause cited last,
「还有吗？」 for what was not cited yet, 「那海外仓呢？」 about another subject of the same place.
Rules, not guesses: a question with a subject of its own that does not lean is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from assistant.answering.answer import Answer, Citation, Reason
from assistant.clauses import Clause
from assistant.retrieval import Kind, Question, place_of
from assistant.retrieval.kinds import kinds_of
from assistant.retrieval.question import Understanding
from assistant.text import clean, fold

_LEADS = re.compile(
    r"^(?:那边|那里|那么?|还有(?!效)|另外|换成|换到|换|改成|如果(?:是|在)?|要是(?:在)?|假如(?:是|在)?|再看看?|再问一?下?|顺便问一?下?"
    r"|它们?的?|这个又?|这条|这项|这些|该|上面|其中|同样的?|也|所以|然后|还是)[，,、\s]*"
)
_TRAILS = re.compile(
    r"(?:呢|怎么样|咋样|如何|怎么说|那边|方面|的话|有提到|有没有提到|也有|也是|有没有|有吗|吗|[?？。!！，,\s])+$"
)
_LEANS = re.compile(
    r"^(?:那|换|改成|如果是|要是|再看|它|这个|这条|这项|上面|其中|同样|所以|然后|还有)|呢[?？。!！]*$"
)
_MORE = re.compile(
    r"^(?:那|除此之外|除了这个|另外|此外)?[，,]?(?:还有没有|还有|有没有|另外|其他|别的|此外)(?:别的|其他|其它|更多|什么|哪些|相关|类似)*"
    r"(?:的|支持|补贴|奖励|政策|规定|条款|措施|内容|好处|了)*[吗呢么没有]*[?？。!！]*$"
)
_VERSUS = re.compile(
    r"[和跟与同].{1,10}(?:比|对比|相比|比较)|^(?:那|再)?比(?:一下|较)?|^(?:和|跟|与|同)|相比|对比"
)
_FULL = re.compile(r"(?:具体|详细|原文|全文|展开|仔细|完整)")
_VALID = re.compile(
    r"有效期|到期|过期|失效|废止|截止|还有效|管到|什么时候(?:开始|起|施行|实施|生效|结束)|哪天(?:开始|起|施行|实施|生效)"
    r"|(?:施行|实施|生效)(?:时间|日期)|几号(?:开始|起)|到什么时候"
)
_ENDS = re.compile(r"到期|过期|失效|还有效|管到|到什么时候|什么时候结束")
_NOT_ONLY_ENDS = re.compile(r"申请|申报|报名|提交|生效|开始|起施行|怎么办")
_UNTIL = "有效期到什么时候"
"""How one asks until when a text holds, in the words that texts use."""
_ASKING, _GENERIC = (
    frozenset(files("assistant.answering").joinpath(name).read_text("utf-8").split())
    for name in ("asking_words.txt", "generic_words.txt")
)
"""Words that ask for something without saying of what; and words of measures in general, which say
of what only in a question that does not lean."""
_ASKED = {
    Kind.WHO: "责任单位是谁",
    Kind.WHEN: "是什么时候",
    Kind.SHARE: "比例是多少",
    Kind.AMOUNT: "最高多少钱",
    Kind.COUNT: "数量是多少",
    Kind.CONDITION: "有什么条件",
}
_QUESTION_WORD = re.compile(r"[几谁哪啥]|多少|多[大久长高]|什么|怎么|如何|是否|[吗么]$")
_MONEY = re.compile(r"钱|[补奖贴助拿领给]|万|元|费|资金|罚")
_COUNTERPARTS = (
    ("出口", "进口"), ("商标", "专利"), ("国家级", "省级"), ("省级", "市级"), ("线上", "线下"),
    ("境内", "境外"), ("国内", "国外"), ("企业", "个人"), ("大企业", "小企业"), ("空运", "海运"),
)  # fmt: skip
"""Words that take each other's place in a question."""
_ADDRESS = re.compile(r"第[^，。？]{1,8}条|[(（][一二三四五六七八九十\d]{1,3}[)）]|附件")
_EVERYWHERE = re.compile(r"[哪各几](?:些|几|个)?(?:个)?(?:城市|地方|市|地)(?:都|各自|分别)?")
_THEN = "；"
"""Stands between what a question is about and what a leaning one asks of it."""
_SHORT = 6
_MAX_CHARS = 28
_MARKS = "，,？?。!！、 "
_JOINS = re.compile(r"^(?:的|在|对|[和跟与同]|分别|各自|都)+|(?:[和跟与同、，,]+)$")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a leaning question means: a question that stands alone, the clause that it is about, if
    it is about one, and the ids of clauses that it is not about any more."""

    question: str
    about: Clause | None = None
    without: frozenset[str] = frozenset()
    kinds: tuple[Kind, ...] = ()
    searched: str = ""
    sure: float = 1.0
    """How sure the answer was that the clause is taken over from."""


def follow_up(
    question: Question, history: Sequence[Answer], understanding: Understanding
) -> FollowUp | None:
    """What ``question`` means behind ``history``; ``None`` where it stands alone."""
    text = question.text.strip()
    said = [answer for answer in history if answer.reason is not Reason.NO_QUESTION]
    if not said or len(text) > _MAX_CHARS:
        return None
    last = said[-1]
    before = understanding.read((last.understood_as or last.question).removesuffix(_BESIDES))
    if _MORE.match(text) and not (question.held or question.foreign):
        return _more(last, said)
    leans = bool(_LEANS.search(text))
    asked = _asked(text, question)
    words = understanding.read(asked).words if any(map(str.isalnum, asked)) else ()
    subject = [
        word
        for word in words
        if word not in _ASKING
        and not (word in _GENERIC and (leans or not (question.held or question.foreign)))
        and not _QUESTION_WORD.search(word)
    ]
    if question.held or question.foreign or question.everywhere:
        if not subject or (leans and len(asked) <= _SHORT and _QUESTION_WORD.search(asked)):
            versus = bool(_VERSUS.search(text))
            return _elsewhere(question, before, _subject(last, before), asked, versus=versus)
        if leans and not _QUESTION_WORD.search(asked):
            return _other_subject((*question.held, *question.foreign), before, asked)
        return None
    if subject:
        if leans:
            return _other_subject(_places_of(last, before), before, asked)
        return _of_same_clause(question, last, before, subject, understanding)
    full = bool(_FULL.search(text))
    if not leans and not full and question.kind is Kind.OTHER and not question.words:
        return None
    return _about_last(question, last, before, asked)


def _more(last: Answer, said: Sequence[Answer]) -> FollowUp:
    """The last question again, without what was cited for it."""
    asked = last.understood_as or last.question
    again = asked.removesuffix(_BESIDES)
    cited = {
        citation.clause.id
        for answer in said
        if (answer.understood_as or answer.question).removesuffix(_BESIDES) == again
        for citation in answer.citations
    }
    return FollowUp(f"{again}{_BESIDES}", without=frozenset(cited), searched=again)


_BESIDES = "（除已引用的条款）"


def _subject(last: Answer, before: Question) -> str:
    """What the last question was about, without its places; of an address, which another place
    has not, what stands there."""
    topic = _topic(before)
    if _ADDRESS.search(topic) and last.citations:
        clause = last.citations[0].clause
        return clause.heading or clean(clause.text)[:_MAX_CHARS]
    return topic


def _elsewhere(
    question: Question, before: Question, topic: str, asked: str, *, versus: bool
) -> FollowUp:
    """The last question of other places, or of these beside those before."""
    named = (*question.held, *question.foreign)
    if versus:
        named = tuple(dict.fromkeys((*before.held, *named)))
    places = "、".join(named) if named else "各城市"
    if asked and question.kind not in (Kind.OTHER, Kind.YES_NO, *kinds_of(topic)):
        return FollowUp(f"{places}{topic}{_THEN}{asked}？", kinds=question.kinds)
    return FollowUp(f"{places}{topic}？")


def _other_subject(places: Sequence[str], before: Question, asked: str) -> FollowUp | None:
    """Another subject in ``places``; what is asked of it as before, unless the question says
    it. A word that is the counterpart of one in the last question takes its place: 那进口的呢？"""
    if not places or not asked:
        return None
    topic = _topic(before)
    bare = asked.removesuffix("的")
    for pair in _COUNTERPARTS:
        for other, own in (pair, pair[::-1]):
            if bare == own and other in topic and own not in topic:
                return FollowUp(f"{'、'.join(places)}{topic.replace(other, own)}？")
    if not _QUESTION_WORD.search(asked):
        wanted = next((_ASKED[kind] for kind in before.kinds if kind in _ASKED), "有什么规定")
        if Kind.AMOUNT in before.kinds and not _MONEY.search(before.text):
            wanted = _ASKED[Kind.COUNT]
        asked = f"{asked}，{wanted}"
    return FollowUp(f"{'、'.join(places)}{asked}？")


def _places_of(last: Answer, before: Question) -> tuple[str, ...]:
    """The places that the last question named, or those of the clause that came of it."""
    source = last.citations[0] if last.citations and last.table is None else last.closest
    return before.held or before.foreign or (place_of(source.clause.document)[:1] if source else ())


def _of_same_clause(
    question: Question,
    last: Answer,
    before: Question,
    subject: Sequence[str],
    understanding: Understanding,
) -> FollowUp | None:
    """A question with a subject of its own, without a place, of which the clause cited last holds
    every word: 仓要租多大？ after the clause on bonded warehouses."""
    if not last.citations or last.table is not None:
        return None
    clause = last.citations[0].clause
    text = fold(clause.text)
    if not all(any(w in text for w in (word, *understanding.also(word))) for word in subject):
        return None
    places = "".join(_places_of(last, before)[:1])
    return FollowUp(f"{places}{question.text.strip(_MARKS)}？", clause, sure=last.confidence)


def _about_last(question: Question, last: Answer, before: Question, asked: str) -> FollowUp | None:
    """Something else about what the last answer cited."""
    if not asked:
        return None
    if last.table is not None:
        return FollowUp(
            f"{'、'.join(before.held) or '各城市'}{_topic(before)}{_THEN}{asked}？",
            kinds=question.kinds,
        )
    source: Citation | None = last.citations[0] if last.citations else last.closest
    if source is None:
        if last.reason in (Reason.PLACE, Reason.FILTER):
            return FollowUp(f"{before.text.strip(_MARKS)}{_THEN}{asked}？", kinds=question.kinds)
        return None
    clause = source.clause
    if _VALID.search(question.text):
        ends = _ENDS.search(question.text) and not _NOT_ONLY_ENDS.search(question.text)
        asked = _UNTIL if ends else asked
        return FollowUp(f"{clause.document.name}{asked}？")
    if _FULL.search(question.text) and question.kind in (Kind.OTHER, Kind.CONTENT, Kind.LIST):
        return FollowUp(f"{clause.address}说什么？", clause)
    subject = _topic(before) or clause.heading
    return FollowUp(
        f"{'、'.join(_places_of(last, before))}{subject}{_THEN}{asked}？",
        clause,
        kinds=question.kinds,
        sure=last.confidence,
    )


def _topic(question: Question) -> str:
    """What a question is about, without its places and without what a leaning question asked of it
    besides."""
    topic = question.topic
    for place in question.foreign:
        topic = topic.replace(place, "")
    topic = _EVERYWHERE.sub("", topic.partition(fold(_THEN))[0])
    previous = ""
    while topic != previous:
        previous = topic
        topic = _JOINS.sub("", topic.strip(_MARKS))
    return topic


def _asked(text: str, question: Question) -> str:
    """The words of a leaning question without what makes it lean, and without its places."""
    asked = text
    previous = ""
    while asked != previous:
        previous = asked
        asked = _LEADS.sub("", asked.strip(_MARKS))
    asked = _TRAILS.sub("", asked).strip(_MARKS)
    if question.held or question.foreign:
        for place in (*question.held, *question.foreign):
            asked = re.sub(rf"{re.escape(place)}市?", "", asked)
        asked = _JOINS.sub("", asked.strip(_MARKS)).strip(_MARKS)
    return asked
