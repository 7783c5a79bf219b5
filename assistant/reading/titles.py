"""What a single line of an official text is: a title, a 发文字号, a body's name, a date.

Everything is read from printed words by fixed forms of Chinese official writing.
"""

from __future__ import annotations

import re

from assistant.reading.dates import DAY

_KINDS = (
    "通知|通告|公告|公报|办法|措施|政策|方案|计划|意见|规定|细则|条例|决定|规划|指南|指引|纲要|决议|解释|批复"
    "|规则|章程|标准|目录|清单|预案|规程|要点|规范|守则|准则|安排|修正案|法典|公示|问答|解读|须知|制度|法"
)
_YEARS = r"(?:[(（〔\[][^()（）〔〕\[\]]{1,30}[)）〕\]])*"
_TITLE = re.compile(rf"^《?[^。；;!！?？，:：]*?(?:{_KINDS})》?{_YEARS}》?$")
_TITLE_MAX, _TITLE_MIN, _SHORT_TITLE_MIN = 90, 6, 3
_TITLE_ENDS = frozenset(kind[-1] for kind in _KINDS.split("|")) | frozenset("》)）〕]")
_PAIRS = (("《", "》"), ("（", "）"), ("〈", "〉"))
_ISSUES = re.compile(
    r"(?:关于)?(?:印发|发布|公布|转发|颁布)[<《](?P<title>.+)[>》](?:.{0,10})的(?:通知|公告|决定)$"
)
_NOTICE_OF = re.compile(
    r"^《(?P<title>[^》]{6,80})》(?:已|业已|已于).{0,40}(?:同意|通过|审议|批准).{0,20}(?:印发|公布|发布)"
)
_SIGNED = re.compile(rf"{DAY}$")
_NUMBER = re.compile(
    r"[(（]?(?:[\u4e00-\u9fff]{1,12}[〔\[［（(]\d{4}[〕\]］）)](?:第)?\d+号"
    r"|[\u4e00-\u9fff]{2,20}令(?:〔\d{4}〕)?第?\d+号|[\u4e00-\u9fff]{0,20}\d{4}年第\d+号)[)）]?"
)
_BODY = re.compile(
    r"^[\u4e00-\u9fff]{2,30}(?:人民政府|办公厅|办公室|委员会|管委会|局|厅|部|院|会|中心|总署|银行)$"
)
NUMBERED = re.compile(
    r"^#{0,6}\s*(?:第\s*[一二三四五六七八九十百千零〇\d]+\s*(?:部分|分编|[编篇章节条])"
    r"|[一二三四五六七八九十]{1,3}\s*[、.．]"
    r"|[(（]\s*[一二三四五六七八九十\d]{1,3}\s*[)）]|\d{1,3}\s*[、.．](?!\d))"
)
"""A line that begins with the number of an item, as far as a look at it tells."""
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


def is_item(line: str) -> bool:
    """Whether a line begins with the number of an item."""
    return bool(NUMBERED.match(line))


def is_record_line(line: str) -> bool:
    """Whether a line is a label of a text's record with what it says: 发文机关：杭州市人民政府."""
    label, colon, _ = line[:40].replace("：", ":").partition(":")
    return bool(colon) and is_record_label(label)


def number_in(line: str) -> str:
    """The 发文字号 that a line is, without brackets around it; ``""`` where it is none."""
    plain = bare(line)
    if not _NUMBER.fullmatch(plain):
        return ""
    return plain[1:-1] if plain[0] in "(（" and plain[-1] in ")）" else plain


def is_number(line: str) -> bool:
    """Whether a line is a 发文字号 and nothing else."""
    return bool(_NUMBER.fullmatch(bare(line)))


def is_signature(line: str) -> bool:
    """Whether a line is a date or a 发文字号: neither belongs to a title."""
    if "年" not in line and "号" not in line:
        return False  # a quick look
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
