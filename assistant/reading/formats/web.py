"""What a web page's markup says of its parts: which belong to the site, how lists are numbered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto

import cn2an
from selectolax.lexbor import LexborNode


class Zone(Enum):
    """Where in a page a block stands."""

    TEXT = auto()
    MAIN = auto()
    """In ``main`` or ``article``: the page says that its text is there."""
    FRAME = auto()
    """In ``nav``, ``footer``, ``aside`` or what is called so."""
    HIDDEN = auto()
    """Not shown to a reader."""


_FRAME_TAGS = frozenset(["nav", "footer", "aside"])
_FRAME_ROLES = frozenset(["navigation", "banner", "contentinfo", "complementary", "search", "menu"])
_FRAME_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|breadcrumbs?|crumbs?|footer|menu|sidebar|share|copyright"
    r"|pagination|pager|related|recommend|friend-?links?|toolbar)(?:$|[\s_-])",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em)?\s*(?:;|$)"
)
_MOST_FRAME = 0.5
"""A page whose frame holds a larger share of its characters is named badly: all of it stays."""
_MENU = 3
"""Lines of nothing but links in a row that make a menu."""
_ALL_LINK = 0.9
_MENU_ENTRY = 16
"""Characters of an entry of a menu, on the average."""
_ATTACHED = re.compile(r"附件|附表|《|\.(?:docx?|xlsx?|pdf|wps|zip|rar|ofd)\b", re.IGNORECASE)
_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([\w-]+)")
_CHINESE = frozenset(
    ["cjk-ideographic", "simp-chinese-informal", "simp-chinese-formal", "trad-chinese-informal"]
)
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
          (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


def zone_of(node: LexborNode, around: Zone = Zone.TEXT) -> Zone:
    """The zone of an element that lies in the zone ``around``."""
    given = node.attributes
    style = given.get("style") or ""
    if "hidden" in given or (style and _HIDDEN.search(style)):
        return Zone.HIDDEN
    tag = node.tag
    if around is Zone.FRAME:
        return around
    if (
        tag in _FRAME_TAGS
        or (given.get("role") or "") in _FRAME_ROLES
        or (tag == "header" and around is Zone.TEXT and node.css_first("h1") is None)
        or (
            tag in ("div", "ul", "section", "table", "p")
            and (named := f"{given.get('class') or ''} {given.get('id') or ''}".strip())
            and _FRAME_NAMES.search(named)
        )
    ):
        return Zone.FRAME
    return Zone.MAIN if tag in ("main", "article") else around


def frame_of(blocks: Sequence[tuple[int, Zone]]) -> set[int]:
    """The indices of the blocks that are the site's, of blocks given by length and zone: those of
    the frame, and those beside ``main`` where that holds most of the page."""
    of = {zone: sum(length for length, here in blocks if here is zone) for zone in Zone}
    total = sum(of.values()) - of[Zone.HIDDEN]
    out: set[int] = set()
    if of[Zone.FRAME] <= _MOST_FRAME * total:
        out.update(i for i, (_, zone) in enumerate(blocks) if zone is Zone.FRAME)
    if of[Zone.MAIN] >= of[Zone.TEXT]:
        out.update(i for i, (_, zone) in enumerate(blocks) if zone is Zone.TEXT and of[Zone.MAIN])
    return out


def menus(blocks: Sequence[tuple[str, int]]) -> set[int]:
    """The indices of the blocks that are menus, of blocks given by text and characters linked: runs
    of nothing but links, unless one of them leads to something annexed."""
    out: set[int] = set()
    run: list[int] = []
    for i, (text, linked) in enumerate([*blocks, ("", 0)]):
        if text and linked >= _ALL_LINK * len(text.replace(" ", "")):
            run.append(i)
            continue
        short = sum(len(blocks[k][0]) for k in run) <= _MENU_ENTRY * len(run)
        if len(run) >= _MENU and short and not any(_ATTACHED.search(blocks[k][0]) for k in run):
            out.update(run)
        run = []
    return out


def list_mark(item: LexborNode, parent: LexborNode, counter: int) -> str:
    """What a browser prints before an item of a list: ``3.``, ``三、``; ``""`` for no number."""
    value = (item.attributes.get("value") or "").strip()
    number = int(value) if value.isdecimal() and len(value) < 5 else counter
    if parent.tag != "ol" or not 0 < number < 4_000:
        return ""
    style = _STYLE.search(parent.attributes.get("style") or "")
    kind = style[1] if style else (parent.attributes.get("type") or "1").strip()
    if kind in ("none", "disc", "circle", "square"):
        return ""
    if kind in _CHINESE:
        return f"{cn2an.an2cn(number, 'low')}、"
    if kind in ("a", "lower-alpha", "lower-latin", "A", "upper-alpha", "upper-latin"):
        letters = ""
        while number:
            number, digit = divmod(number - 1, 26)
            letters = chr(ord("a") + digit) + letters
        return f"{letters.upper() if kind[0] in 'Au' else letters}. "
    if kind in ("i", "lower-roman", "I", "upper-roman"):
        roman = ""
        for unit, sign in _ROMAN:
            count, number = divmod(number, unit)
            roman += sign * count
        return f"{roman.upper() if kind[0] in 'Iu' else roman}. "
    return f"{number}. "
