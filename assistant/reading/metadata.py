"""What a policy text says of itself: place, dates, what it repeals, who issued and explains it.

Everything is read from printed words by fixed forms of Chinese official writing, and comes with
the place of the words that it was read from; what is not printed stays empty.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import cn2an

from assistant.reading.dates import ANY_DAY, days_in, parse_day
from assistant.reading.document import Origin
from assistant.reading.lines import Line
from assistant.reading.titles import bare, is_body, is_signature, number_in

_BEGINS = r"(?:正式)?(?:施行|实施|执行|生效)"
_FROM = re.compile(rf"[自从]\s*(?P<day>{ANY_DAY})\s*起{_BEGINS}(?!\s*的)")
_FORMER = re.compile(r"原[^，,]{0,20}$|《[^》]*》\s*$")
"""What stands before a day on which another text came into force: 原办法自…起施行."""
_FROM_ON = re.compile(rf"自(?:本\S{{2,4}})?(?:印发|发布|公布|颁布)之日起{_BEGINS}")
_FROM_DAYS = re.compile(
    rf"自(?:本\S{{2,4}})?(?:印发|发布|公布|颁布)之日起\s*(?P<days>\d{{1,3}}|[一二三四五六七八九十]{{1,3}})"
    rf"\s*日后{_BEGINS}"
)
_TO = re.compile(
    rf"有效期(?:限)?(?:截?至|到|截止)\s*(?:(?P<day>{ANY_DAY})|(?P<year>\d{{4}})\s*年\s*[底末])"
)
_TERM = re.compile(
    rf"(?:有效期|有效期限|实施期限|执行期限|施行期限|实施期|执行期|政策期限)(?:限)?(?:为|自)?[:：]?"
    rf"\s*(?P<from>{ANY_DAY})\s*起?"
    rf"(?:至|到|—|-|－|~|～)+\s*(?P<to>{ANY_DAY})"
    rf"|自\s*(?P<from2>{ANY_DAY})\s*起?{_BEGINS}[,，]?\s*(?:执行|实施)?(?:至|到)\s*(?P<to2>{ANY_DAY})"
)
_TO_YEARS = re.compile(
    r"(?:有效期|有效期限|试行期|试行期限|实施期限)(?:限)?(?:为|暂定)?\s*(?P<years>[一二两三四五六七八九十\d]{1,2})\s*年"
)
_TAIL, _MAX_DAY = 6, 40
"""Lines at a text's end in which it is signed, and characters of a line that is only a day."""
_SELF = re.compile(
    r"本\s*(?P<kind>(?:行动|实施|若干|暂行|专项|支持|扶持)?\s*"
    r"(?:计划|方案|政策|措施|办法|意见|规定|细则|条例|规则|规范|指南|通知|决定|规划|法))"
)
_REPEALS = "废止"
_REPEAL_GAP, _REPEAL_REACH = 40, 4_000
"""Characters between two titles that one 废止 repeals, and how far before it they are sought."""
_STOP = re.compile("[。；;]")
_SENTENCE_END = re.compile("[。；;\n]|$")
_OF_THE_TEXT = re.compile(
    r"本\s*[\u4e00-\u9fff]{2}|施行|实施|执行|^(?:第\S{1,6}条)?\s*[(（]?有效期"
)
"""A sentence that speaks of the text itself: a licence's 有效期 is none of the policy's."""
_OF_ANOTHER = re.compile(
    r"(?:资格|资质|[^验]证书?|许可|执照|报告|合同|协议|称号|认定|牌照|保函|保单|名单|结果|证明)\s*的?\s*$"
)
"""What stands before a 有效期 that is not the text's: 资格有效期, 许可证有效期."""
_TITLED = re.compile(
    r"《(?P<title>[^》]{4,80})》\s*(?:[(（](?P<number>[^()（）]{2,20}?〔\d{4}〕\s*\d+\s*号)[)）])?"
)
_ALIAS = re.compile(
    r"(?:以下)?(?:统一)?简称[:：]?\s*[“\"「〝]?([^\s”\"」〞)）,，、;；。]{2,12})[”\"」〞]?\s*[)）]"
)
_ZONE = re.compile(r"^[\u4e00-\u9fff]{1,8}(?:区|市|县|州|港|岛|园)$")
_GENERIC = re.compile(
    r"^(?:[各本该全市县省区]|城市|高新|经开|自由|综合|跨境)?(?:园区|开发区|市区|小区|校区|辖区|社区|片区|地区|保税区|自贸区"
    r"|试验区|示范区|综保区|综试区|产业园|合作区|新区|景区|库区|灾区|牧区|林区|矿区)$"
)
_ISSUER = re.compile(
    r"^([\u4e00-\u9fff]{2,30}?(?:人民政府办公厅|人民政府办公室|人民政府|委员会|管委会|局|厅|部|院|办))关于"
)
_PASSED_BY = re.compile(
    r"(?:^|[日(（\s])(?:第[一二三四五六七八九十]+届)?"
    r"(?P<body>[\u4e00-\u9fff]{0,24}人民代表大会(?:常务委员会)?)第[^ ]{1,12}次会议"
)
_EXPLAINS = re.compile(
    r"由\s*(?P<who>[^由。；;，,：:]{2,60}?)\s*(?:共同)?(?:负责)?(?:牵头)?(?:负责)?(?:组织实施|具体解释|解释|牵头实施)"
)
_JOINED = re.compile(r"[、]|会同|和(?=[\u4e00-\u9fff]{2,}(?:局|委|厅|部|办|院))")
_RECORD_LINE = re.compile(
    r"^\s*[【\[]?(?P<label>[\u4e00-\u9fff\s]{2,10})[】\]]?\s*[:：]\s*(?P<value>.*\S)"
)
_RECORDED = {
    "issuer": re.compile(
        "发文(?:机关|机构|单位)|发布(?:机构|机关|单位|部门)|制[定发]机关|印发机关"
    ),
    "number": re.compile("发文字号|文号|文件编号|文件号"),
    "signed": re.compile("(?:成文|发文|生成|签发|印发|制定)(?:日期|时间)"),
    "published": re.compile("(?:发布|公布|公开)(?:日期|时间)"),
    "effective_from": re.compile("(?:生效|实施|施行)(?:日期|时间)"),
    "effective_to": re.compile("(?:失效|废止|截止)(?:日期|时间)"),
}


@dataclass(slots=True)
class Metadata:
    """What was read, and where: a field that is not printed is empty and has no origin."""

    issuer: str = ""
    number: str = ""
    signed: date | None = None
    published: date | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    repeals: tuple[str, ...] = ()
    explained_by: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    calls_itself: str = ""
    origins: dict[str, Origin] = field(default_factory=dict)

    def put(self, name: str, value: object, *spans: tuple[int, int]) -> None:
        """Sets a field that is still empty, if there is a value."""
        if value and not getattr(self, name):
            setattr(self, name, value)
            self.origins[name] = Origin(name, tuple(dict.fromkeys(spans)))


def read_metadata(
    text: str, lines: Sequence[Line], record: Iterable[Line] = (), issued: date | None = None
) -> Metadata:
    """What the document of those ``lines`` says of itself. ``record`` are lines in which the page
    that it stands on does (索引号, 发文字号, 成文日期 …); the text's own words go before them.
    ``issued`` is the day of the notice that it was issued with, if it has none of its own."""
    found = Metadata()
    start, end = lines[0].start, lines[-1].end
    _read_head(found, text, lines[:12])
    _read_signature(found, text, lines)
    recorded = dict(_read_record(text, record))
    for name in ("signed", "published"):
        _put_recorded(found, name, recorded)
    if found.published is None and found.signed:
        found.put("published", found.signed, *found.origins["signed"].spans)
    _read_validity(found, text, start, end, issued)
    for name in ("issuer", "number", "effective_from", "effective_to"):
        _put_recorded(found, name, recorded)
    for name, entries in (
        ("repeals", read_repeals(text, start, end)),
        ("explained_by", read_explainers(text, start, end)),
        ("aliases", read_aliases(text, start, end)),
    ):
        several = list(entries)
        values = tuple(dict.fromkeys(value for value, _ in several))
        found.put(name, values, *(span for _, span in several))
    found.calls_itself = _own_kind(text, start, end)
    return found


def _own_kind(text: str, start: int, end: int) -> str:
    """What the text calls itself most often (本政策, 本行动计划)."""
    kinds = Counter(bare(match["kind"]) for match in _SELF.finditer(text, start, end))
    return max(kinds, key=lambda kind: kinds[kind], default="")


Entry = tuple[str, tuple[int, int]]
"""A value, and the span that it was read from."""


def _read_head(found: Metadata, text: str, lines: Sequence[Line]) -> None:
    """The 发文字号 on a line of its own, and the body before 关于 in the title or that which passed
    the text."""
    for line in lines:
        plain = bare(text[line.start : line.end])
        span = (line.start, line.end)
        found.put("number", number_in(plain), span)
        found.put("issuer", issuer_in(plain), span)


def issuer_in(line: str) -> str:
    """The body that a title line or a note on its passing names as the issuer, or ``""``."""
    if match := _ISSUER.match(line):
        return match[1]
    if match := _PASSED_BY.search(line):
        return re.sub("第[一二三四五六七八九十]+届", "", match["body"])
    return ""


def _read_signature(found: Metadata, text: str, lines: Sequence[Line]) -> None:
    """The day on a line of its own, at the text's end or where a notice ends in it, and the body
    on the line above."""
    for line in (*reversed(lines[-_TAIL:]), *lines):
        if line.end - line.start <= _MAX_DAY and is_signature(text[line.start : line.end]):
            for day in days_in(text, line.start, line.end):
                found.put("signed", day.day, (day.start, day.end))
    if "signed" not in found.origins:
        return
    ((start, end),) = found.origins["signed"].spans
    for above, below in pairwise(lines):
        if below.start <= start and end <= below.end:
            body = bare(text[above.start : above.end])
            found.put("issuer", body if is_body(body) else "", (above.start, above.end))


def _read_validity(
    found: Metadata, text: str, start: int, end: int, with_notice: date | None
) -> None:
    """Since when and until when the text holds."""
    if term := _of_the_text(_TERM, text, start, end):
        begin, until = ("from", "to") if term["from"] else ("from2", "to2")
        found.put("effective_from", parse_day(term[begin]), term.span(begin))
        found.put("effective_to", parse_day(term[until]), term.span(until))
    for begins in _FROM.finditer(text, start, end):
        if not _FORMER.search(_sentence_before(text, start, begins.start())):
            found.put("effective_from", parse_day(begins["day"]), begins.span())
    issued = found.published or found.signed or with_notice
    if issued and (later := _FROM_DAYS.search(text, start, end)):
        found.put("effective_from", _days_after(issued, later["days"]), later.span())
    if issued and (at_once := _FROM_ON.search(text, start, end)):
        found.put("effective_from", issued, at_once.span())
    if ends := _of_the_text(_TO, text, start, end):
        last = parse_day(ends["day"] or f"{ends['year']}年12月31日")
        found.put("effective_to", last, ends.span())
    if found.effective_from and (years := _of_the_text(_TO_YEARS, text, start, end)):
        found.put("effective_to", _years_after(found.effective_from, years["years"]), years.span())


def _sentence_before(text: str, start: int, at: int) -> str:
    """What stands in the sentence before ``at``."""
    begin = max(text.rfind(stop, start, at) for stop in "。；;\n") + 1
    return text[max(begin, start) : at]


def _of_the_text(pattern: re.Pattern[str], text: str, start: int, end: int) -> re.Match[str] | None:
    """The first match in a sentence that speaks of the text itself."""
    for match in pattern.finditer(text, start, end):
        if _OF_ANOTHER.search(text, max(start, match.start() - 8), match.start()):
            continue
        begin = max(text.rfind(stop, start, match.start()) for stop in "。；;\n") + 1
        stop = _SENTENCE_END.search(text, match.end(), end)
        if _OF_THE_TEXT.search(text[max(begin, start) : stop.start() if stop else end]):
            return match
    return None


def _count(numeral: str) -> int:
    """The value of a numeral below 1,000; 0 for what is none, or no single one (两三)."""
    if not numeral.isdecimal() and len(numeral) > 1 and "十" not in numeral:
        return 0
    try:
        return int(cn2an.cn2an(numeral, "smart"))
    except (ValueError, KeyError):  # cn2an raises both
        return 0


def _days_after(begin: date, days: str) -> date | None:
    """The day that many days later."""
    try:
        return begin + timedelta(days=_count(days)) if _count(days) else None
    except OverflowError:
        return None


def _years_after(begin: date, years: str) -> date | None:
    """The last day of a term of ``years`` that begins on ``begin``."""
    count = _count(years)
    if not count or begin.year + count > date.max.year:
        return None
    try:
        end = begin.replace(year=begin.year + count)
    except ValueError:  # 29 February
        end = begin.replace(year=begin.year + count, day=28)
    return end - timedelta(days=1)


def _read_record(text: str, lines: Iterable[Line]) -> Iterator[tuple[str, Entry]]:
    """The fields that a page's record of the text gives, with what they were read from."""
    for line in lines:
        match = _RECORD_LINE.match(text[line.start : line.end])
        if not match:
            continue
        label = bare(match["label"])
        for name, labels in _RECORDED.items():
            if labels.fullmatch(label):
                start = line.start + match.start("value")
                yield name, (match["value"].strip(), (start, line.start + match.end("value")))


def _put_recorded(found: Metadata, name: str, recorded: dict[str, Entry]) -> None:
    if name not in recorded:
        return
    value, span = recorded[name]
    if name == "issuer":
        found.put(name, value, span)
    elif name == "number":
        found.put(name, number_in(value), span)
    elif day := next(days_in(value), None):
        found.put(name, day.day, span)


def read_repeals(text: str, start: int, end: int) -> Iterator[Entry]:
    """What the text repeals: the document's number where it is printed, its title elsewhere."""
    at = text.find(_REPEALS, start, end)
    begin = start
    while at >= 0:
        titles = list(_TITLED.finditer(text, max(begin, at - _REPEAL_REACH), at))
        after, first = at, len(titles)
        while first and _adjoin(text, titles[first - 1].end(), after):
            first -= 1
            after = titles[first].start()
        for named in titles[first:]:
            yield bare(named["number"] or named["title"]), named.span()
        begin = at + len(_REPEALS)
        at = text.find(_REPEALS, begin, end)


def _adjoin(text: str, start: int, end: int) -> bool:
    """Whether little and no full stop stands in ``text[start:end]``."""
    return end - start <= _REPEAL_GAP and not _STOP.search(text, start, end)


def read_explainers(text: str, start: int, end: int) -> Iterator[Entry]:
    """The bodies that explain the text or lead its execution (由市商务局负责解释)."""
    for match in _EXPLAINS.finditer(text, start, end):
        line = max(text.rfind("\n", start, match.start()) + 1, start)
        if not re.search(r"本\s*[\u4e00-\u9fff]{2}", text[line : match.end()]):
            continue
        for body in _JOINED.split(re.sub("按(?:照)?(?:各自)?职责分工$", "", bare(match["who"]))):
            if 2 <= len(body) <= 30:
                yield body, match.span("who")


def read_aliases(text: str, start: int, end: int) -> Iterator[Entry]:
    """The short names that the text gives its place (以下简称城综试区), spaces of a scan taken out.

    Abbreviations of other things (以下简称企业, 以下简称园区) are none: they name no place.
    """
    for match in _ALIAS.finditer(text, start, end):
        name = bare(match[1])
        if _ZONE.search(name) and not _GENERIC.search(name):
            yield name, match.span(1)
