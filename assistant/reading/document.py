"""What reading hands on: :class:`Document` (a policy text) and :class:`LeftOut` (what is none).

All offsets count Unicode characters of the decoded file, ends exclusive.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A piece of a file that is not indexed: ``text[start:end]``, and why.

    ``reason`` is one of ``site`` (a web page's navigation, counters, adverts), ``source`` (where
    and when a page was posted), ``editor`` (an editor's or association's contact lines), ``lead``
    (a news report before the text),
    ``title`` (a title without a text below it), ``promotion`` (an organisation praising itself),
    ``disclosure`` (信息公开属性), ``markup`` (comments and marks of a Markdown file), ``ornament``
    (rules of dashes), ``contents`` (a table of contents), ``page`` (a page's running head, foot or
    number), ``record`` (what a page's table says of the text: 索引号, 发文字号) and ``hidden``
    (what a page does not show).
    """

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a field of a document comes from: the words that it was read from, ``text[start:end]``
    for each of ``spans``, or, ``said``, the file beside the document (``NAME.toml``)."""

    field: str
    spans: tuple[tuple[int, int], ...] = ()
    said: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """One policy text of a file (文件中的一份政策文本).

    ``text`` is the whole decoded file, the document's own part of it ``text[start:end]``.
    ``title`` may be inherited: an annex without a title has the title of the text that it is
    annexed to, and ``part`` says 附件. Fields that the text does not give are ``""``, ``None`` or
    ``()``; nothing is guessed from the file's name but, as the last resort, the title.
    """

    title: str
    part: str
    source: str
    region: str
    issuer: str
    number: str
    signed: date | None
    """成文日期: the day at the text's end."""
    published: date | None
    """发布日期: what the page says that it stands on, or else the day on which it was signed."""
    effective_from: date | None
    effective_to: date | None
    repeals: tuple[str, ...]
    explained_by: tuple[str, ...]
    """The bodies that explain the text or lead its execution (由…负责解释)."""
    text: str = field(repr=False)
    start: int
    end: int
    places: tuple[str, ...] = ()
    """The place and those that it lies in, the widest first: 浙江省, 杭州市, 余杭区."""
    own_title: bool = True
    """False where the title is that of the text above (an annex without a title)."""
    printed_title: bool = True
    """False where the text has no title and bears its file's name."""
    aliases: tuple[str, ...] = ()
    """Names that the text gives itself or its zone (以下简称…)."""
    calls_itself: str = ""
    """What the text calls itself: 政策 where it says 本政策; ``""`` where it does not."""
    origins: tuple[Origin, ...] = field(default=(), repr=False)
    """For each field that is not empty where its words stand; see :meth:`origin`."""
    headings: tuple[tuple[int, int], ...] = field(default=(), repr=False)
    """Spans of the title lines and annex marks: printed, but no clause."""
    left_out: tuple[LeftOut, ...] = field(default=(), repr=False)
    """What lies inside ``[start, end)`` and is not indexed."""
    pages: tuple[int, ...] = field(default=(), repr=False)
    """Offsets at which the file's pages begin, the first 0; ``()`` where it has none."""

    def origin(self, field: str) -> Origin | None:
        """Where the field of that name was read from, or that the file beside the document says it;
        ``None`` where it is empty or follows from others."""
        return next((origin for origin in self.origins if origin.field == field), None)

    def page_at(self, offset: int) -> int | None:
        """The number of the page, from 1, on which ``text[offset]`` stands; ``None`` where the file
        has no pages."""
        return bisect_right(self.pages, offset) or None

    @property
    def name(self) -> str:
        """The title in its brackets; the part follows where the title is not the document's own."""
        return f"《{self.title}》" + ("" if self.own_title else self.part)


BODY = "正文"
ANNEX = "附件"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as read: its text, its documents in order, and what belongs to none of them."""

    source: str
    text: str = field(repr=False)
    documents: tuple[Document, ...]
    left_out: tuple[LeftOut, ...]
    pages: tuple[int, ...] = ()
    marked: tuple[LeftOut, ...] = ()
    """What of it the file's format shows to be no policy text; with text and pages all that was
    extracted from the bytes."""
