"""A file's parts → its documents: each with its title, its place and what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.reading.document import Document, LeftOut, Origin, SourceFile
from assistant.reading.extract import Extract
from assistant.reading.lines import Line
from assistant.reading.metadata import Metadata, read_metadata
from assistant.reading.parts import Part, cut_parts
from assistant.reading.places import main_place, nested_places, places_in, proven_place
from assistant.reading.titles import is_title, noticed_title

_SELF = re.compile(r"本((?:行动)?(?:计划|方案)|(?:若干)?(?:政策|措施)|办法|意见|规定|细则)")
_PURPOSE = re.compile(r"^(?:为|根据|按照|依据|现将|经|第\s*一\s*(?:部分|[编篇章条])|一\s*、|目录)")
_LOOKED_AT = 6_000
"""Characters of a text in which its place is sought."""
_NOTICE = 3_000
"""Characters of the longest notice that only issues a text."""
_INHERITED = ("signed", "published", "effective_from", "effective_to")


def split_documents(extract: Extract, source: str) -> SourceFile:
    """The documents of a file, in order; everything else with the reason why it is none."""
    parts, left_out = cut_parts(extract)
    _name(parts, extract.text, source)
    place = _place_of_file(parts, extract.text)
    documents: list[Document] = []
    taken: set[tuple[str, str]] = set()
    for part in parts:
        above = documents[-1] if documents else None
        inherits = part.annexed and not part.title
        title = above.title if inherits and above else part.title
        name, count = part.part, 1
        while (title, name) in taken:  # two annexes without a title
            count += 1
            name = f"{part.part}{count}"
        taken.add((title, name))
        documents.append(_document(part, title, name, extract, source, left_out, above, place))
    return SourceFile(
        source,
        extract.text,
        tuple(documents),
        tuple(left_out),
        pages=extract.pages,
        marked=extract.left_out,
    )


def _document(
    part: Part,
    title: str,
    name: str,
    extract: Extract,
    source: str,
    left_out: Sequence[LeftOut],
    above: Document | None,
    of_file: _Place | None,
) -> Document:
    text = extract.text
    start, end = part.lines[0].start, part.lines[-1].end
    since = above.end if above else 0
    record = [
        Line(p.start, p.end) for p in left_out if p.reason == "record" and since <= p.start <= end
    ]
    notice = above if above and (part.annexed or _is_issued_by(above, title)) else None
    said = read_metadata(text, part.lines, record, notice.published if notice else None)
    origins = dict(said.origins)
    inherits = part.annexed and not part.title
    if spans := part.title_spans():
        origins["title"] = Origin("title", tuple(spans))
    if notice:
        # an annex, and what a notice issues, is of the same day and body; an annex without dates of
        # its own holds as long as the text that it belongs to
        dated = said.effective_from or said.effective_to or not part.annexed
        for field in ("issuer", "signed", "published") if dated else ("issuer", *_INHERITED):
            if getattr(said, field) and field not in ("effective_from", "effective_to"):
                continue
            setattr(said, field, getattr(notice, field))
            if origin := notice.origin(field):
                origins[field] = origin
            else:
                origins.pop(field, None)
    place = _place(part, said, text) or of_file or _Place((), ())
    if place.spans:
        origins["region"] = Origin("region", place.spans)
    places = place.names
    return Document(
        title=title,
        part=name,
        source=source,
        region=places[-1] if places else "",
        issuer=said.issuer,
        number=said.number,
        signed=said.signed,
        published=said.published,
        effective_from=said.effective_from,
        effective_to=said.effective_to,
        repeals=said.repeals,
        explained_by=said.explained_by,
        text=text,
        start=start,
        end=end,
        places=places,
        own_title=not inherits,
        printed_title=above.printed_title if inherits and above else part.titled,
        aliases=said.aliases,
        calls_itself=said.calls_itself,
        origins=tuple(origins[field] for field in sorted(origins)),
        headings=tuple((line.start, line.end) for line in part.title_lines),
        left_out=tuple(p for p in left_out if start <= p.start and p.end <= end),
        pages=extract.pages,
    )


def _is_issued_by(above: Document, title: str) -> bool:
    """Whether the document above is the notice that issues the text of that title."""
    head = above.text[above.start : above.end][:_NOTICE]
    return len(above.text[above.start : above.end]) < _NOTICE and title in "".join(head.split())


@dataclass(frozen=True, slots=True)
class _Place:
    """A place with those that it lies in, the widest first, and where it is named."""

    names: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


def _place(part: Part, said: Metadata, text: str) -> _Place | None:
    """The place that a part's title names, or else its issuer."""
    if names := nested_places(part.title):
        return _Place(names, _mention(text, part.title_spans(), names[-1]))
    if names := nested_places(said.issuer):
        issued = said.origins.get("issuer")
        return _Place(names, _mention(text, issued.spans if issued else (), names[-1]))
    return None


def _mention(
    text: str, spans: Sequence[tuple[int, int]], place: str
) -> tuple[tuple[int, int], ...]:
    """Where the first of ``spans`` that names ``place`` does; all of them where spaces are strewn
    in the name."""
    for start, end in spans:
        for first, last, name in places_in(text[start:end]):
            if name == place:
                return ((start + first, start + last),)
    return tuple(spans)


def _place_of_file(parts: Sequence[Part], text: str) -> _Place | None:
    """The place of a file: that of its first title with one, else that which the text is evidently
    about."""
    for part in parts:
        if names := nested_places(part.title):
            return _Place(names, _mention(text, part.title_spans(), names[-1]))
    body = [(line.start, line.end) for part in parts for line in part.lines]
    place = proven_place("".join(text[start:end] for start, end in body)[:_LOOKED_AT])
    if not place:
        return None
    return _Place(nested_places(place), _mention(text, body, place)[:1])


def _name(parts: list[Part], text: str, source: str) -> None:
    """Gives each part without a title line the title that its words prove; the file's name last."""
    mentioned = dict.fromkeys(re.findall(r"《([^》]{6,80})》", text))
    taken = {part.title for part in parts}
    for part in parts:
        body = part.body()
        if part.title or not body or part.annexed:
            continue
        first = text[body[0].start : body[0].end]
        part.title = noticed_title(first)
        if part.title:
            at = text.find(part.title, body[0].start, body[0].end)  # -1: spaces are strewn in it
            whole = (body[0].start, body[0].end)
            part.title_at = (at, at + len(part.title)) if at >= 0 else whole
            continue
        part.title = _leading_title(part, first)
        if part.title:
            continue
        own = _SELF.search(text, body[0].start, body[-1].end)
        place = main_place(text[body[0].start : body[-1].end][:_LOOKED_AT])
        for title in mentioned:
            kind = re.sub(r"[(（].*?[)）]", "", title)
            names_place = main_place(title) == place != ""
            if own and kind.endswith(own[1]) and names_place and title not in taken:
                part.title = title
                at = text.index(f"《{title}》") + 1
                part.title_at = (at, at + len(title))
                break
        else:
            part.title = source.rsplit("/", 1)[-1].rsplit(".", 1)[0]
            part.titled = False


def _leading_title(part: Part, first: str) -> str:
    """The title at the head of an unwrapped line: 〈title〉 为贯彻…; splits the line in two."""
    head, _, rest = first.partition(" ")
    if not (is_title(head) and _PURPOSE.match(rest)):
        return ""
    line = part.body()[0]
    at = part.lines.index(line)
    title_line = Line(line.start, line.start + len(head), line.unwrapped)
    part.lines[at : at + 1] = [
        title_line,
        Line(line.start + len(head) + 1, line.end, line.unwrapped),
    ]
    part.title_lines.append(title_line)
    return head
