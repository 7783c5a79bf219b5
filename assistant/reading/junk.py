"""Which lines of a file are no policy text: the web page around it.

A line is left out for what it says (a download counter, a copyright line, an ICP number) or,
where it says nothing at all, for standing among such lines at the file's head or foot. In doubt a
line stays.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from assistant.reading.annexes import ANNEX_MARK
from assistant.reading.lines import Line, width
from assistant.reading.titles import is_body, is_item, is_record_line, is_signature

_HEADS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("markup", re.compile(r"<!--.*-->$")),
    ("ornament", re.compile(r"[-=_*~·.—－＿…\s#|]{3,}$")),
    (
        "source",
        re.compile(r"(?:来源|文章来源|信息来源|稿源)[:：]|发布(?:时间|日期)[:：].{0,40}$"),
    ),
    (
        "disclosure",
        re.compile(r"(?:信息公开(?:属性|选项|类别)|公开(?:属性|方式|选项))[:：].{0,20}$"),
    ),
    (
        "editor",
        re.compile(
            r"(?:编辑|责编|责任编辑|审核|校对|监制|撰稿|作者|供稿|初审|复审|终审|一审|二审|三审)"
            r"[:：].{0,30}$"
            r"|(?:协会|学会|商会|编辑部|本站|网站|客服|广告|商务合作)\s*(?:[·|]|"
            r"联系|邮箱|地址|电话|热线|QQ|微信).{0,60}$"
        ),
    ),
    (
        "site",
        re.compile(
            r"S?VIP|会员(?:中心|登录|注册|专享|免费)|当前(?:的)?位置[:：]|您(?:当前)?(?:的|所在)位?置?[:：]"
            r"|首页\s*[>»]"
            r"|(?:收藏|分享|打印|关闭|下载|相关|举报|分销|点赞|返回顶部|字号|浏览次数|阅读次数|点击数)"
            r"(?:[\s:：(（].{0,8}$|$)"
            r"|上一篇|下一篇|相关阅读|相关链接|相关文章|推荐阅读|扫一扫|扫码|长按"
            r"|(?:关于我们|关注我们|友情链接)(?:\s|[|·]|$)"
            r"|联系我们(?:$|[\s|:：·]+(?:关于|网站|版权|隐私|法律|免责|关注|招聘))"
            r"|第\s*\d+\s*页\s*/\s*共\s*\d+\s*页$|本文档共\d+页|-\s*\d+\s*-$"
        ),
    ),
)
"""What a line that is no policy text begins with, and the reason why it is none."""
_SITE = re.compile(
    r"版权所有|©|ICP备|公网安备|网站标识码|网站地图|主办单位[:：].*承办|\sS?VIP|VIP会员|下载积分"
    r"|文档编号[:：]|上传人[:：]|\d\s*金币|展开阅读全文|微信公众号.*(?:微博|抖音)|页脚广告"
    r"|\.(?:docx?|pdf|wps|txt)(?:_第\d+页)?$"
)
"""What such a line holds anywhere."""
_SURE = re.compile(r"©|ICP备|公网安备")
"""What no sentence of a policy holds."""
_PAGE_NUMBER = re.compile(
    r"\W{0,3}(?:第\s*)?(\d{1,4})(?:\s*页)?(?:\s*[/／共,，]+\s*\d{1,4}\s*页?)?\W{0,3}$"
)
_RECORDS = 2
_HARD = re.compile(
    r"\s*[【\[]?\s*(?:索\s*引\s*号|索取号|统一|发文|发布机|制发|文\s*号|成文|主题分类|有效性)"
)
"""What only a page says of a text; 服务对象 and 有效期 may be the text's own."""
_PAGE, _PAGES = 250, 3
"""Characters between two page numbers at least, and how many of them must count up."""
_LONG = 60  # columns; a longer line is judged by its words alone, not by its place
_SENTENCE = re.compile(r"[。；;!！?？]|[，,].*[，,]")


def junk_reason(line: str) -> str | None:
    """Why ``line`` is left out for what it says, or ``None`` where it stays. A sentence stays,
    though it speaks of 版权所有人 or says who does the 审核; so does a list of what is annexed."""
    if len(line) > 400:
        return None
    for reason, pattern in _HEADS:
        if pattern.match(line):
            found = reason
            break
    else:
        if not _SITE.search(line):
            return None
        found = "site"
    sure = _SURE.search(line) or found in ("markup", "ornament")
    if not sure and (ANNEX_MARK.match(line) or line.endswith(("。", "；"))):
        return None
    if found == "site" and not sure and not is_mute(line) and "。" in line:
        return None
    return found


def _pages(lines: list[Line], text: str) -> dict[int, str]:
    """The page numbers that a text file was left with (lone numbers that count up, a page apart),
    and what is repeated beside them."""
    numbers: list[tuple[int, int]] = []
    for i, line in enumerate(lines):
        if line.end - line.start <= 20:
            match = _PAGE_NUMBER.match(text[line.start : line.end])
            if match:
                numbers.append((i, int(match[1])))
    found: dict[int, str] = {}
    run: list[int] = []
    before: tuple[int, int] | None = None
    for i, value in numbers:
        apart = before and lines[i].start - lines[before[0]].end >= _PAGE
        if before and value == before[1] + 1 and apart:
            run = [*run, i]
        elif before and not apart:
            continue
        else:
            run = [i]
        before = (i, value)
        if len(run) >= _PAGES:
            found.update(dict.fromkeys(run, "page"))
    beside = Counter(
        text[lines[k].start : lines[k].end]
        for i in found
        for k in (i - 1, i + 1)
        if 0 <= k < len(lines)
    )
    heads = {shown for shown, count in beside.items() if count >= _PAGES and is_mute(shown)}
    for i in list(found):
        for k in (i - 1, i + 1):
            if 0 <= k < len(lines) and text[lines[k].start : lines[k].end] in heads:
                found[k] = "page"
    return found


def _signatures(lines: list[Line], text: str) -> Iterator[int]:
    """The lines that say who signed, with the day below them, and what is annexed."""
    before = ""
    for i, line in enumerate(lines):
        shown = text[line.start : line.end] if line.end - line.start <= _LONG else ""
        if is_signature(shown) and is_body(before):
            yield from (i - 1, i)
        elif ANNEX_MARK.match(shown):
            yield i
        before = shown


def _record(lines: list[Line], text: str, keep: set[int]) -> dict[int, str]:
    """The lines in which a page says what the text is (索引号：…, 发文机关：…): two or more in a
    row; one alone may be a line of the text."""
    found: dict[int, str] = {}
    run: list[int] = []
    numbered = False
    for i, line in enumerate(lines):
        if i not in keep and is_record_line(text[line.start : line.end]):
            run.append(i)
        else:
            run = []
        hard = any(_HARD.match(text[lines[k].start : lines[k].end]) for k in run)
        if len(run) >= _RECORDS and hard and not numbered:
            found.update(dict.fromkeys(run, "record"))
        numbered = numbered or (i in keep and is_item(text[line.start : line.end]))
    return found


def is_mute(line: str) -> bool:
    """Whether a line says so little that its neighbours tell what it is: short, no sentence."""
    return width(line) <= _LONG and not _SENTENCE.search(line)


def _is_label(text: str, line: Line) -> bool:
    """Whether a line is a label of a page's form (资源描述), too short for a heading of a text."""
    return width(text[line.start : line.end]) <= 12


def frame(
    lines: list[Line], text: str, keep: set[int], marked: Mapping[int, str]
) -> dict[int, str]:
    """Index of each line that is left out → reason.

    ``keep`` are lines that are surely text (numbered items, titles), ``marked`` those that the
    file's format shows to be none, with the reason. Mute lines go with the junk
    that they touch, as long as no text stands between them and the file's head or foot.
    """
    said = {
        i: why for i, line in enumerate(lines) if (why := junk_reason(text[line.start : line.end]))
    }
    keep = keep | (set(_signatures(lines, text)) - marked.keys())
    said = {i: why for i, why in said.items() if i not in keep} | dict(marked)
    for i, why in _pages(lines, text).items():
        said.setdefault(i, why)
    said |= _record(lines, text, keep | marked.keys())

    def standing(i: int) -> bool:
        line = text[lines[i].start : lines[i].end]
        return i not in said and (i in keep or not is_mute(line))

    body = [i for i in range(len(lines)) if standing(i)]
    if not body or not said:
        return said
    out = dict(said)
    head, foot = range(body[0]), range(body[-1] + 1, len(lines))
    for edge in (head, foot):
        touched = [i for i in edge if i in said]
        if touched:
            # at the head the text begins after the last junk line, at the foot it ends at the first
            low, high = (0, touched[-1]) if edge is head else (touched[0], len(lines) - 1)
            while edge is head and high + 1 in head and _is_label(text, lines[high + 1]):
                high += 1
            for i in range(low, high + 1):
                if i not in keep:
                    out.setdefault(i, "site")
    return out
