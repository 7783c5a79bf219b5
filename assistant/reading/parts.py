"""A file's text → its parts, one for each document.

One file may hold a news report, a notice, the text that the notice issues, an annex, another
notice. A document begins at its title, at an annex mark (附件), or where numbering starts over
after the sentence with which a policy text closes (本办法自…起施行).
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field

from assistant.reading import titles
from assistant.reading.annexes import ANNEX_MARK, annexed_lists
from assistant.reading.document import ANNEX, BODY, LeftOut
from assistant.reading.extract import Extract
from assistant.reading.junk import frame
from assistant.reading.lines import Line, logical_lines
from assistant.reading.places import main_place

_NUMBER_ONE = re.compile(
    r"^#{0,6}\s*(?:第\s*[一1]\s*(?:部分|[编篇章条])|一\s*[、.．]|[(（]\s*[一1-]\s*[)）]|1\s*[、.．](?!\d))"
)
_ARTICLE = re.compile(r"^#{0,6}\s*第\s*[一二三四五六七八九十百千零〇\d]+\s*条[\s\u3000]")
_FIRST_ARTICLE = re.compile(r"^#{0,6}\s*第\s*[一1]\s*[编章条]")
"""Below articles （一） starts over in each of them; only a first article begins another text."""
_CLOSES = re.compile(
    r"自.{1,30}起(?:正式)?(?:施行|实施|执行|生效)|同时废止|有效期(?:截?至|到|为|限)"
)
_NOTICE = re.compile(
    r"印发给你们|现予(?:公布|发布|印发)|请(?:结合实际)?(?:认真)?(?:贯彻|组织|遵照)|通知如下|^[^。]{2,60}[:：]$"
)
_NEWS = re.compile(
    r"日前|近日|今日|记者|获悉|据悉|发布(?!之日|给)|印发了?《|出台|制定了|(?:方案|计划|措施|办法|意见|政策)(?:提出|明确)"
    r"|解读|关于印发.*的通知。$"
)
_OPENS = re.compile(r"^(?:为|根据|按照|依据|现将|经|[(（【〔]|目\s*录|.{2,60}[:：]$|[^。]{2,40}$)")
"""How a text begins below its title: 为…, a date in brackets, whom it addresses, a heading."""
_ENDED = re.compile(r"[。；！？：:;!?）)]\W*$")
_GOES_ON = re.compile(r"[，,。；;、》）)]|并|的(?!通知)|及其?|和|或|等|中")
"""How a line begins that ends the sentence above it."""
_OPEN = re.compile(
    r"(?:将|要|应|应当|制定|编制|见|按|按照|依照|根据|符合|执行|和|与|及|的|[、，,《（(])$"
)
"""How a line ends whose sentence goes on below."""
_LONG_TITLE = 14
_SHORT = 12
"""Characters of a line that ends without a stop because it is a heading or a signature."""
_REST_OF_TITLE = re.compile("若干|的|有关|具体|几个|实施|试行|暂行")
"""How the second half of a title begins (…《反不正当竞争法》 / 若干问题的解释)."""
_ENTRY = 120
"""Characters of the longest line of a table of contents, dots included."""
_LEADER = re.compile(r"[.．…·\-]*\d*$")
_HEAD = 40
_LEAD_MAX = 1_500
_RED_HEAD = re.compile(r"文件$|^签发人|^份号|^密级|^紧急程度|^[(（]?(?:此件|主动公开)")
"""What stands above the title of a notice: 某市商务局文件."""
_PURPOSE = re.compile(r"^(?:为|根据|按照|依据|现将|经)")
_POLICY = re.compile(
    "责任单位|给予|支持|鼓励|应当|不得|按照|负责|申报|执行|施行|实施|本(?:政策|办法|措施|方案|计划|意见|规定|通知|细则)|补助|奖励|条件"
)
_PROMOTION = re.compile(
    "致力于|先后举办|全国首家|建言献策|合作多赢|合作共赢|共谋发展|期待与|好评|品牌组织|欢迎(?:关注|加入|订阅|来电)|我们(?:专注|提供)|简介[:：]"
)
_SELF = re.compile(r"本((?:行动)?(?:计划|方案)|(?:若干)?(?:政策|措施)|办法|意见|规定|细则)")


@dataclass(slots=True)
class Part:
    """A document in the making: its lines, and those of them that are its title."""

    lines: list[Line] = field(default_factory=list)
    title_lines: list[Line] = field(default_factory=list)
    title: str = ""
    part: str = BODY
    annexed: bool = False
    titled: bool = True
    """False where the title is only the file's name."""
    title_at: tuple[int, int] | None = None
    """Where the text mentions the title, if no line of its own bears it."""

    def title_spans(self) -> list[tuple[int, int]]:
        """Where the title is printed; empty where it is the file's name."""
        spans = [(line.start, line.end) for line in self.title_lines]
        return spans or ([self.title_at] if self.title_at else [])

    def body(self, without: Container[tuple[int, int]] = ()) -> list[Line]:
        """The lines that are no title, but for those of the spans ``without``."""
        return [
            line
            for line in self.lines
            if line not in self.title_lines and (line.start, line.end) not in without
        ]


def cut_parts(extract: Extract) -> tuple[list[Part], list[LeftOut]]:
    """The parts of a file that hold a text, in order, and everything else with the reason why it
    belongs to none."""
    text = extract.text
    lines = logical_lines(text)
    shown = [text[line.start : line.end] for line in lines]
    found = _title_blocks(shown)
    numbered = {i for i, line in enumerate(shown) if titles.NUMBERED.match(line)}
    in_title = {i for first, last in found.items() for i in range(first, last)}
    marked = dict(_marked(lines, extract.left_out))
    left = frame(lines, text, keep=(numbered | in_title) - marked.keys(), marked=marked)
    left |= dict.fromkeys(_contents(shown), "contents")
    left_out = [LeftOut(lines[i].start, lines[i].end, why) for i, why in left.items()]
    listed = {i for first, last in annexed_lists(text, lines) for i in range(first, last)}
    parts = _cut(lines, text, found, left, listed)
    gone = {(piece.start, piece.end) for piece in left_out}
    parts, leads = _without_lead(parts, text, gone)
    left_out.extend(leads)
    left_out.extend(_promotions(parts, text, gone))
    gone = {(piece.start, piece.end) for piece in left_out}
    for part in parts:
        part.lines = [line for line in part.lines if (line.start, line.end) not in gone]
        if not part.body():
            left_out.extend(LeftOut(line.start, line.end, "title") for line in part.lines)
    left_out.sort(key=lambda piece: piece.start)
    return [part for part in parts if part.body()], left_out


def _marked(lines: Sequence[Line], pieces: Sequence[LeftOut]) -> Iterator[tuple[int, str]]:
    """Index of each line in one of the ``pieces``, which are sorted, and that piece's reason."""
    waiting = iter(pieces)
    piece = next(waiting, None)
    for i, line in enumerate(lines):
        while piece and piece.end <= line.start:
            piece = next(waiting, None)
        if piece and piece.start <= line.start and line.end <= piece.end:
            yield i, piece.reason


def _contents(shown: list[str]) -> list[int]:
    """The lines of tables of contents: 目录, and below it each line that stands once more further
    down, whatever dots and page number it ends in."""
    plain = [_LEADER.sub("", titles.bare(line)) if len(line) <= _ENTRY else line for line in shown]
    last = {line: i for i, line in enumerate(plain)}
    found: list[int] = []
    at = 0
    while at < len(plain):
        end = at + 1
        if plain[at] == "目录":
            while end < len(plain) and plain[end] and last[plain[end]] > end:
                end += 1
        if end > at + 2:
            found.extend(range(at, end))
        at = end
    return found


def _title_blocks(shown: list[str]) -> dict[int, int]:
    """Index of a title's first line → index after its last. A title may run over three lines."""
    blocks: dict[int, int] = {}
    ends = [titles.may_end_title(line) for line in shown]
    at = 0
    while at < len(shown):
        if any(ends[at : at + 3]) and not (
            titles.NUMBERED.match(shown[at]) or ANNEX_MARK.match(shown[at])
        ):
            for count in (1, 2, 3):
                some = shown[at : at + count]
                if len(some) < count or not _goes_on(some, at in blocks):
                    break
                if titles.is_title("".join(map(titles.bare, some)), short=at == 0):
                    blocks[at] = at + count
        at = blocks.get(at, at + 1)
    return blocks


def _goes_on(some: list[str], whole: bool) -> bool:
    """Whether the last of the lines may belong to the title that the others began; ``whole`` says
    that they are a title already (…《反不正当竞争法》 / 若干问题的解释)."""
    last = some[-1]
    if titles.bare(last) == "目录" or any(
        titles.is_signature(line) or ANNEX_MARK.match(line) for line in some
    ):
        return False
    if len(some) > 1 and titles.is_body(some[-2]) and not last.startswith("关于"):
        return False  # who signed the text above is no part of the title below
    if (
        titles.NUMBERED.match(last)
        or last.endswith(("。", "；", "：", ":"))
        or last.startswith("#") > (len(some) == 1)
    ):
        return False
    if len(some) > 1 and any(len(titles.bare(line)) > 45 for line in some):
        return False
    if whole and _REST_OF_TITLE.match(last):
        return True
    return not (whole and (titles.is_title(last) or "\n" in last or last[0] in "《(（"))


def _cut(
    lines: list[Line],
    text: str,
    blocks: dict[int, int],
    left: dict[int, str],
    listed: Container[int],
) -> list[Part]:
    shown = [text[line.start : line.end] for line in lines]
    gone = {(lines[i].start, lines[i].end) for i in left}
    parts = [Part()]
    closed = numbered_before = by_articles = False
    at = 0
    while at < len(lines):
        part = parts[-1]
        if at in left:
            closed = closed or left[at] == "disclosure"
            part.lines.append(lines[at])
            at += 1
            continue
        if at in listed:
            part.lines.append(lines[at])
            at += 1
            continue
        annex = ANNEX_MARK.match(shown[at])
        named = annex and (
            bool(_OPEN.search(shown[at - 1] if at else ""))
            or (annex["title"] and not _opens_annex(annex["title"], shown[at + 1 :]))
        )
        if annex and not named and not part.body() and not part.title:
            part.lines.append(
                lines[at]
            )  # 附件1 at the head of a file: the text below is that annex
            part.title_lines.append(lines[at])
            part.part = titles.bare(annex["mark"])
            if annex["title"]:
                part.title = titles.clean_title(annex["title"])
            at += 1
        elif annex and not named and part.body():
            parts.append(
                Part([lines[at]], [lines[at]], "", titles.bare(annex["mark"]), annexed=True)
            )
            if annex["title"]:
                parts[-1].title = titles.clean_title(annex["title"])
            at += 1
        elif (
            at in blocks and not numbered_before and _titled(shown, at, blocks) == part.title != ""
        ):
            part.lines.extend(lines[at : blocks[at]])  # the title once more, behind the dates
            part.title_lines.extend(lines[at : blocks[at]])
            at = blocks[at]
            continue
        elif (
            at in blocks
            and (not part.title or part.body())
            and _may_begin(part, shown, at, blocks[at], closed, numbered_before)
        ):
            block = lines[at : blocks[at]]
            title = _titled(shown, at, blocks)
            head = not part.title and all(
                _is_head(text[line.start : line.end]) for line in part.body(gone)
            )
            if head:
                part.title_lines.extend(part.body(gone))
            elif part.body() or part.title:
                parts.append(Part())
            parts[-1].lines.extend(block)
            parts[-1].title_lines.extend(block)
            parts[-1].title = title
            at = blocks[at]
            if at < len(lines) and at not in left and titles.is_number(shown[at]):
                parts[-1].lines.append(lines[at])
                parts[-1].title_lines.append(lines[at])
                at += 1
        elif (
            closed
            and numbered_before
            and _NUMBER_ONE.match(shown[at])
            and (not by_articles or _FIRST_ARTICLE.match(shown[at]))
        ):
            parts.append(Part([lines[at]], part=ANNEX, annexed=True))
            at += 1
        else:
            part.lines.append(lines[at])
            by_articles = by_articles or bool(_ARTICLE.match(shown[at]))
            numbered_before = numbered_before or bool(titles.NUMBERED.match(shown[at]))
            closed = bool(_CLOSES.search(shown[at])) or (
                closed and not titles.NUMBERED.match(shown[at])
            )
            at += 1
            continue
        closed = numbered_before = by_articles = False
    return parts


def _is_head(line: str) -> bool:
    """Whether a line stands above a title: a letterhead, a 发文字号."""
    return titles.is_number(line) or (len(line) <= _HEAD and bool(_RED_HEAD.search(line)))


def _opens_annex(title: str, below: Sequence[str]) -> bool:
    """Whether 附件：〈title〉 heads an annex; where who signed follows, it only says what is
    annexed."""
    after = below[0] if below else ""
    return titles.is_title(title) and not (titles.is_body(after) or titles.is_signature(after))


def _titled(shown: list[str], at: int, blocks: dict[int, int]) -> str:
    return titles.clean_title("".join(titles.bare(line) for line in shown[at : blocks[at]]))


def _may_begin(
    part: Part, shown: list[str], at: int, end: int, closed: bool, numbered_before: bool
) -> bool:
    """Whether the title-like lines from ``at`` to ``end`` in mid-file begin a document, or are a
    heading inside one, or only part of a sentence that began above them."""
    line, above = shown[at], shown[at - 1] if at else ""
    below = shown[end] if end < len(shown) else ""
    if at and (_GOES_ON.match(below) or _OPEN.search(above)):
        return False  # 本市将制定 / 跨境电商三年行动计划 / 并组织实施
    if not numbered_before:
        named = "关于" in line or "《" in line or bool(main_place(line[:12]))
        return not part.title or named or closed or len(titles.bare(line)) >= _LONG_TITLE
    if not (_ENDED.search(above) or titles.is_body(above) or titles.is_signature(above)):
        return len(above) <= _SHORT
    if closed:
        return True
    return ("关于" in line or "《" in line or bool(main_place(line[:12]))) and bool(
        _OPENS.match(below)
        or _NUMBER_ONE.match(below)
        or titles.is_signature(below)
        or titles.is_body(below)
    )


def _without_lead(
    parts: list[Part], text: str, gone: Container[tuple[int, int]]
) -> tuple[list[Part], list[LeftOut]]:
    """The parts without a news report before the first real text, and the report's lines; ``gone``
    are the spans that are left out already."""
    leads: list[LeftOut] = []
    for i, part in enumerate(parts):
        kept = part.body(gone)
        said = [text[line.start : line.end] for line in kept]
        later = any(other.title and other.body() for other in parts[i + 1 :])
        if not said and part.title and later:
            leads.extend(LeftOut(line.start, line.end, "lead") for line in part.title_lines)
            continue
        news = [line for line in said if _NEWS.search(line)]
        is_lead = (
            later
            and len(news) * 2 >= len(said)
            and sum(map(len, said)) <= _LEAD_MAX
            and not any(_NOTICE.search(line) or titles.NUMBERED.match(line) for line in said)
        )
        if not is_lead:
            return parts[i:], leads
        leads.extend(LeftOut(line.start, line.end, "lead") for line in (*part.title_lines, *kept))
    return parts, leads


def _promotions(parts: list[Part], text: str, gone: Container[tuple[int, int]]) -> list[LeftOut]:
    """The trailing paragraphs of a file in which an organisation praises itself; ``gone`` are the
    spans that are left out already."""
    out: list[LeftOut] = []
    for part in reversed(parts):
        for line in reversed(part.body(gone)):
            shown = text[line.start : line.end]
            praise, policy = len(_PROMOTION.findall(shown)), len(_POLICY.findall(shown))
            if titles.NUMBERED.match(shown) or praise < 2 or policy >= praise:
                return out
            out.append(LeftOut(line.start, line.end, "promotion"))
    return out
