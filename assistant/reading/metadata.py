"""What a policy text says of itself: title, place, dates, what it repeals, who issued it.

Everything is read from printed words by fixed forms of Chinese official writing; what is not
printed stays empty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_KINDS = (
    "通知|通告|公告|公报|办法|措施|政策|方案|计划|意见|规定|细则|条例|决定|规划|指南|指引|纲要|决议|解释|批复"
    "|规则|章程|标准|目录|清单|预案|规程|要点|规范|守则|准则|安排|修正案|法典|法"
)
_YEARS = r"(?:[(（〔\[][^()（）〔〕\[\]]{1,30}[)）〕\]])*"
_TITLE = re.compile(rf"^《?[^。；;!！?？，:：]*?(?:{_KINDS})》?{_YEARS}》?$")
_TITLE_MAX, _TITLE_MIN, _SHORT_TITLE_MIN = 90, 6, 3
_TITLE_ENDS = frozenset(kind[-1] for kind in _KINDS.split("|")) | frozenset("》)）〕]")
_PAIRS = ("《》", "（）", "〈〉")
_ISSUES = re.compile(
    r"(?:关于)?(?:印发|发布|公布|转发|颁布)[<《](?P<title>.+)[>》](?:.{0,10})的(?:通知|公告|决定)$"
)
_NOTICE_OF = re.compile(
    r"^《(?P<title>[^》]{6,80})》(?:已|业已|已于).{0,40}(?:同意|通过|审议|批准).{0,20}(?:印发|公布|发布)"
)
_DATE = r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日"
_FROM = re.compile(rf"自\s*{_DATE}\s*起(?:正式)?(?:施行|实施|执行|生效)")
_TO = re.compile(rf"有效期(?:限)?(?:截?至|到)\s*{_DATE}")
_TO_YEARS = re.compile(r"有效期(?:限)?(?:为)?\s*([一二两三四五六七八九十\d]{1,2})\s*年")
_REPEALS = "废止"
_REPEAL_GAP, _REPEAL_REACH = 40, 4_000
"""Characters between two titles that one 废止 repeals, and how far before it they are sought."""
_STOP = re.compile("[。；;]")
_SENTENCE_END = re.compile("[。；;\n]|$")
_OF_THE_TEXT = re.compile(
    r"本\s*[\u4e00-\u9fff]{2}|施行|实施|执行|^(?:第\S{1,6}条)?\s*[(（]?有效期"
)
"""A sentence that speaks of the text itself: a licence's 有效期 is none of the policy's."""
_TITLED = re.compile(
    r"《(?P<title>[^》]{4,80})》\s*(?:[(（](?P<number>[^()（）]{2,20}?〔\d{4}〕\s*\d+\s*号)[)）])?"
)
_NUMBER = re.compile(r"[\u4e00-\u9fff]{1,12}〔\d{4}〕\s*\d+\s*号")
_ALIAS = re.compile(
    r"(?:以下)?(?:统一)?简称[:：]?\s*[“\"「〝]?([^\s”\"」〞)）,，、;；。]{2,12})[”\"」〞]?\s*[)）]"
)
_ZONE = re.compile(r"^[\u4e00-\u9fff]{1,8}(?:区|市|县|州|港|岛|园)$")
_GENERIC = re.compile(
    r"^(?:[各本该全市县省区]|城市|高新|经开|自由|综合|跨境)?(?:园区|开发区|市区|小区|校区|辖区|社区|片区|地区|保税区|自贸区"
    r"|试验区|示范区|综保区|综试区|产业园|合作区|新区|景区|库区|灾区|牧区|林区|矿区)$"
)
_SIGNED = re.compile(rf"^{_DATE}$")
_ISSUER = re.compile(
    r"^([\u4e00-\u9fff]{2,30}?(?:人民政府办公厅|人民政府办公室|人民政府|委员会|管委会|局|厅|部|院|办))关于"
)
_BODY = re.compile(
    r"^[\u4e00-\u9fff]{2,30}(?:人民政府|办公厅|办公室|委员会|管委会|局|厅|部|院|会|中心|总署|银行)$"
)
_PASSED_BY = re.compile(
    r"(?:^|[日(（\s])(?:第[一二三四五六七八九十]+届)?"
    r"(?P<body>[\u4e00-\u9fff]{0,24}人民代表大会(?:常务委员会)?)第[^ ]{1,12}次会议"
)
_RECORD = re.compile(
    "(?:索引号?|索取号|统一编号|统一登记号|信息索引号|发文(?:机关|机构|单位)|发布(?:机构|机关|单位|部门)"
    "|制定机关|制发机关|公布机关|印发机关|公开责任部门|发文字号|文\\s*号|文件编号|文件号"
    "|(?:成文|发文|生成|签发|印发|制定|发布|公布|公开|发文|生效|实施|施行|失效|废止|截止|登记)(?:日期|时间)"
    "|有效性|有效状态|效力状态|时效性?|文件状态|有效期|主题(?:分类|词)|体裁(?:分类)?|组配分类|文件类型|公文种类"
    "|公开(?:方式|形式|范围|类别|类型|属性)|标\\s*题|名\\s*称|文件名称|信息名称|内容概述|服务对象|关键词)"
)
"""What a government's page says of a text in a table above it (《政府信息公开目录》)."""
_SPACE = re.compile(r"\s+")
_MARK = re.compile(r"^#{1,6}\s*")
_CN_YEARS = {char: i for i, char in enumerate("零一二三四五六七八九十")} | {"两": 2}


@dataclass(frozen=True, slots=True)
class Dates:
    """When a text holds: ``None`` where it does not say."""

    published: date | None
    effective_from: date | None
    effective_to: date | None


def bare(line: str) -> str:
    """``line`` without a Markdown heading mark and white space."""
    return _SPACE.sub("", _MARK.sub("", line.strip()))


def is_title(line: str, *, short: bool = False) -> bool:
    """Whether a line reads as the title of a document: a short line without a sentence that ends
    in a kind of official text (通知, 办法, 行动计划 …). ``short`` admits 公司法."""
    plain = bare(line)
    least = _SHORT_TITLE_MIN if short else _TITLE_MIN
    return (
        least <= len(plain) <= _TITLE_MAX
        and all(plain.count(opens) == plain.count(closes) for opens, closes in _PAIRS)
        and bool(_TITLE.match(plain))
    )


def may_end_title(line: str) -> bool:
    """Whether the last character of ``line`` is one that titles end in: a quick look, since few
    lines of a text are."""
    return line[-1:] in _TITLE_ENDS


def is_record_label(cell: str) -> bool:
    """Whether a table's cell is a label of a text's own record: 索引号, 发文字号, 成文日期 …"""
    return bool(_RECORD.fullmatch(_SPACE.sub("", cell).strip("：:[]【】")))


def is_number(line: str) -> bool:
    """Whether a line is a 发文字号 and nothing else."""
    return bool(_NUMBER.fullmatch(bare(line)))


def is_signature(line: str) -> bool:
    """Whether a line is a date or a 发文字号: neither belongs to a title."""
    return is_number(line) or bool(_SIGNED.match(bare(line)))


def is_body(line: str) -> bool:
    """Whether a line is the name of a public body and nothing else."""
    return bool(_BODY.match(bare(line)))


def clean_title(line: str) -> str:
    """The title in a title line: of 《关于印发〈A〉的通知》 it is A, of 《A》 it is A."""
    plain = bare(line)
    issued = _ISSUES.search(plain)
    if issued:
        return issued["title"].strip("《》<>")
    if plain.startswith("《") and plain.endswith("》") and plain.count("《") == 1:
        return plain[1:-1]
    match = re.match(r"^《([^》]+)》([(（].*[)）])?$", plain)
    return match[1] + (match[2] or "") if match else plain


def noticed_title(line: str) -> str:
    """The title in 《A》已经市政府同意，现印发给你们; ``""`` where the line is no such notice."""
    match = _NOTICE_OF.match(bare(line))
    return match["title"] if match else ""


def _day(parts: tuple[str, ...]) -> date | None:
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None


def read_dates(text: str, tail: str) -> Dates:
    """The dates in a document's ``text``; ``tail`` are its last lines, where a signature stands."""
    begins = _FROM.search(text)
    effective_from = _day(begins.groups()) if begins else None
    ends = _of_the_text(_TO, text)
    effective_to = _day(ends.groups()) if ends else None
    if effective_to is None and effective_from and (years := _of_the_text(_TO_YEARS, text)):
        effective_to = _years_after(effective_from, years[1])
    signed = [m for line in tail.split("\n") if (m := _SIGNED.match(bare(line)))]
    published = _day(signed[-1].groups()) if signed else None
    if effective_from is None and published and re.search("自(?:印发|发布|公布)之日起", text):
        effective_from = published
    return Dates(published, effective_from, effective_to)


def _of_the_text(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first match in a sentence that speaks of the text itself."""
    for match in pattern.finditer(text):
        begin = max(text.rfind(stop, 0, match.start()) for stop in "。；;\n") + 1
        end = _SENTENCE_END.search(text, match.end())
        assert end is not None  # the end of the text is one
        if _OF_THE_TEXT.search(text[begin : end.start()]):
            return match
    return None


def _years_after(begin: date, years: str) -> date | None:
    """The last day of a term of ``years`` that begins on ``begin``."""
    count = int(years) if years.isdigit() else _CN_YEARS.get(years)
    if not count:
        return None
    if begin.year + count > date.max.year:
        return None
    try:
        end = begin.replace(year=begin.year + count)
    except ValueError:  # 29 February
        end = begin.replace(year=begin.year + count, day=28)
    return end - timedelta(days=1)


def read_repeals(text: str) -> tuple[str, ...]:
    """What the text repeals: the document's number where it is printed, its title elsewhere."""
    found: dict[str, None] = {}
    at = text.find(_REPEALS)
    begin = 0
    while at >= 0:
        titles = list(_TITLED.finditer(text, max(begin, at - _REPEAL_REACH), at))
        after, first = at, len(titles)
        while first and _adjoin(text, titles[first - 1].end(), after):
            first -= 1
            after = titles[first].start()
        for named in titles[first:]:
            found.setdefault(_SPACE.sub("", named["number"] or named["title"]))
        begin = at + len(_REPEALS)
        at = text.find(_REPEALS, begin)
    return tuple(found)


def _adjoin(text: str, start: int, end: int) -> bool:
    """Whether little and no full stop stands in ``text[start:end]``."""
    return end - start <= _REPEAL_GAP and not _STOP.search(text, start, end)


def read_number(head: str) -> str:
    """The 发文字号 on a line of its own in the document's head, or ``""``."""
    for line in head.split("\n"):
        plain = bare(line)
        if is_number(plain):
            return plain
    return ""


def read_issuer(head: str) -> str:
    """Who issued the text: the body before 关于 in its title or that which passed it, or ``""``."""
    for line in head.split("\n"):
        if match := _ISSUER.match(bare(line)):
            return match[1]
        if match := _PASSED_BY.search(bare(line)):
            return re.sub("第[一二三四五六七八九十]+届", "", match["body"])
    return ""


def read_aliases(text: str) -> tuple[str, ...]:
    """The short names that the text gives its place (以下简称城综试区), spaces of a scan taken out.

    Abbreviations of other things (以下简称企业, 以下简称园区) are none: they name no place.
    """
    found = dict.fromkeys(_SPACE.sub("", match[1]) for match in _ALIAS.finditer(text))
    return tuple(name for name in found if _ZONE.search(name) and not _GENERIC.search(name))
