"""The amounts of a library as a picture: a line for each place, a dot for each amount.

Every dot leads to the clause that states it. Nothing of a document becomes markup. A line of dots
is one stop of the tab key, within which the arrows move (``library.js``); a table says the same for
who can't see the dots.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from assistant.clauses import Limit
from assistant.page.library.pictures import Amount, Amounts, PlaceAmounts
from assistant.page.library.words import FIGURE
from assistant.page.render import escape

_WIDE, _NARROWEST, _WIDEST = 430, 46, 90
"""Pixels: how wide the axis is if it can be, and how far an amount stands from ten times it at the
least and at the most."""
_BIN, _RADIUS, _PAD, _BASE = 9, 3.75, 16, 8
"""Pixels: the width of a column of dots, a dot's radius, what is free at both ends and below."""
_LOWEST = 36
"""Pixels: the height of a line, which its place's name needs."""
_STACK, _DOTS = 8, 1_500
"""How many dots stand upon each other at most, and about how many a picture has."""
_TABLE, _NAMED = 300, 12
_SHAPES = {Limit.NONE: "plain", Limit.AT_MOST: "at_most", Limit.AT_LEAST: "at_least"}
_LIMITS = {Limit.NONE: "", Limit.AT_MOST: "most", Limit.AT_LEAST: "least"}

_Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis, from ten to the power of ``low`` to that of ``high``."""

    low: int
    high: int

    @classmethod
    def over(cls, places: Sequence[PlaceAmounts]) -> Axis:
        """The whole decades that hold all amounts, two at least."""
        values = [one.value for place in places for one in place.amounts]
        low = math.floor(math.log10(min(values)))
        return cls(low, max(low + 2, math.floor(math.log10(max(values))) + 1))

    @property
    def decade(self) -> float:
        """How far an amount stands from ten times it."""
        return min(_WIDEST, max(_NARROWEST, _WIDE / (self.high - self.low)))

    @property
    def width(self) -> int:
        return math.ceil((self.high - self.low) * self.decade) + 2 * _PAD

    def x(self, power: float) -> float:
        """Where ten to that power stands."""
        return _PAD + (power - self.low) * self.decade

    def column(self, value: float) -> int:
        """The column in which the dot of an amount stands."""
        return math.floor((math.log10(value) - self.low) * self.decade / _BIN + 0.5)

    def bounds(self, column: int) -> tuple[float, float]:
        """From what to what the amounts of a column reach."""
        first, last = ((column + side) * _BIN / self.decade + self.low for side in (-0.5, 0.5))
        return 10**first, 10**last


def columns_of(place: PlaceAmounts, axis: Axis) -> dict[int, list[Amount]]:
    """The amounts of a place by the column that they stand in."""
    found: dict[int, list[Amount]] = defaultdict(list)
    for amount in place.amounts:
        found[axis.column(amount.value)].append(amount)
    return found


def amounts_html(amounts: Amounts, language: str) -> str:
    """The picture."""
    words = FIGURE[language]
    title = escape(words["amounts_title"])
    if not amounts.places:
        return figure(title, f'<p class="pl-note">{escape(words["amounts_none"])}</p>')
    axis = Axis.over(amounts.places)
    stack = _stack(amounts.places, axis)
    ruler = _ruler(axis, language)
    lines = "".join(
        _line(number, place, axis, stack, amounts.generation, language)
        for number, place in enumerate(amounts.places)
    )
    keys = "".join(
        f'<span><svg width="12" height="12" aria-hidden="true">{_mark(limit, 6, 6)}</svg>'
        f"{escape(words[shape])}</span>"
        for limit, shape in _SHAPES.items()
    )
    return figure(
        title,
        f"<p>{escape(words['amounts_text'])}</p>"
        f'<p class="pl-keys">{keys}</p>'
        f'<div class="pl-scroll" role="region" tabindex="0" aria-label="{title}">'
        f'<div class="pl-chart">{ruler}{lines}{ruler if len(amounts.places) > 6 else ""}</div>'
        f'</div><p class="pl-note">{escape(" ".join(_notes(amounts, words)))}</p>'
        f"{_table(amounts, language)}",
    )


def figure(title: str, inside: str) -> str:
    """A picture with its title, which is escaped already."""
    return f'<figure class="pl-figure" aria-label="{title}"><h3>{title}</h3>{inside}</figure>'


def sampled(looked: int, clauses: int, words: _Words) -> Iterator[str]:
    """Says that not all clauses were looked at, where that is so."""
    if looked < clauses:
        yield words["sampled"].format(looked=f"{looked:,}", clauses=f"{clauses:,}")


def money(value: float, language: str) -> str:
    """An amount of yuan in short, rounded to two digits: 30万, ¥300k."""
    steps = ((1e12, "万亿"), (1e8, "亿"), (1e4, "万")) if language == "zh" else _ENGLISH
    for step, unit in steps:
        if value >= step * 0.9995:
            return _short(value / step, unit, language)
    return _short(value, "", language)


_ENGLISH = ((1e12, "tn"), (1e9, "bn"), (1e6, "M"), (1e3, "k"))


def _short(value: float, unit: str, language: str) -> str:
    digits = max(0, 1 - math.floor(math.log10(value))) if value else 0
    shown = f"{round(value, digits):,.{digits}f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return f"{shown}{unit}元" if language == "zh" else f"¥{shown}{unit}"


def _tick(power: int, language: str) -> str:
    """What stands at a power of ten on the axis, as short as can be."""
    return money(10.0**power, language).removesuffix("元").replace(",", "")


def _notes(amounts: Amounts, words: _Words) -> Iterator[str]:
    shown, places = len(amounts.places), amounts.places_found
    yield words["amounts_shown"].format(found=f"{amounts.found:,}", places=places)
    if shown < places:
        yield words["amounts_most"].format(shown=shown, places=places)
    if amounts.silent:
        named = "、".join(amounts.silent[:_NAMED])
        if len(amounts.silent) > _NAMED:
            named += words["and_more"].format(count=len(amounts.silent))
        yield words["amounts_silent"].format(places=named)
    if amounts.foreign:
        yield words["amounts_foreign"].format(count=amounts.foreign)
    yield from sampled(amounts.looked, amounts.clauses, words)


def _stack(places: Sequence[PlaceAmounts], axis: Axis) -> int:
    """How many dots may stand upon each other, so that the picture has not too many."""
    heights = [len(column) for place in places for column in columns_of(place, axis).values()]
    for stack in range(_STACK, 1, -1):
        if sum(min(height, stack) for height in heights) <= _DOTS:
            return stack
    return 1


def _ruler(axis: Axis, language: str) -> str:
    """The line with the amounts of the axis."""
    ticks = "".join(
        f'<text x="{axis.x(power):.0f}" y="14" text-anchor="middle">'
        f"{escape(_tick(power, language))}</text>"
        for power in range(axis.low, axis.high + 1)
    )
    return (
        '<div class="pl-line pl-ruler" aria-hidden="true"><span class="pl-place"></span>'
        f'<svg width="{axis.width}" height="20">{ticks}</svg></div>'
    )


def _line(
    number: int, place: PlaceAmounts, axis: Axis, stack: int, generation: str, language: str
) -> str:
    """A place with its dots."""
    words = FIGURE[language]
    name = place.place or words["no_place"]
    columns = columns_of(place, axis)
    tallest = min(stack, max(map(len, columns.values())))
    height = max(_LOWEST, 2 * _BASE + (tallest - 1) * _BIN)
    grid = "".join(
        f'<line x1="{axis.x(power):.0f}" x2="{axis.x(power):.0f}" y1="0" y2="{height}"/>'
        for power in range(axis.low, axis.high + 1)
    )
    dots: list[str] = []
    for column in sorted(columns):
        here = columns[column]
        fits = here if len(here) <= stack else here[: stack - 1]
        x = _PAD + column * _BIN
        for level, amount in enumerate(fits):
            y = height - _BASE - level * _BIN
            dots.append(_dot(amount, name, x, y, language, first=not dots))
        if rest := len(here) - len(fits):
            low, high = (money(bound, language) for bound in axis.bounds(column))
            said = words["more"].format(place=name, low=low, high=high, count=len(here))
            cell = f"{generation}|{number}|{column}"
            y = height - _BASE - len(fits) * _BIN + 3
            dots.append(
                f'<a class="pl-more" href="?" data-cell="{escape(cell)}" data-picture="amounts" '
                f'role="button" tabindex="{-1 if dots else 0}" aria-label="{escape(said)}">'
                f"<title>{escape(said)}</title>"
                f'<rect x="{x - 9}" y="{y - 9}" width="18" height="11" rx="5"/>'
                f'<text x="{x}" y="{y}" text-anchor="middle">+{min(rest, 999)}</text></a>'
            )
    said = escape(words["row"].format(place=name, count=len(place.amounts)))
    return (
        f'<div class="pl-line" role="group" aria-label="{said}"><span class="pl-place">'
        f"{escape(name)}<small>{len(place.amounts)}</small></span>"
        f'<svg width="{axis.width}" height="{height}"><g class="pl-grid">{grid}</g>'
        f"{''.join(dots)}</svg></div>"
    )


def _dot(amount: Amount, place: str, x: int, y: int, language: str, *, first: bool) -> str:
    """A dot, which leads to its clause."""
    said = escape(
        FIGURE[language]["dot"].format(
            place=place,
            amount=_stated(amount, FIGURE[language]),
            heading=amount.heading,
            document=amount.document,
        )
    )
    return (
        f'<a class="pl-dot" href="?clause={quote(amount.clause)}" '
        f'data-clause="{escape(amount.clause)}:-1" tabindex="{0 if first else -1}" '
        f'aria-label="{said}"><title>{said}</title>{_mark(amount.limit, x, y)}</a>'
    )


def _mark(limit: Limit, x: int, y: int) -> str:
    """The shape of a dot: filled, hollow for a ceiling, a triangle for a floor."""
    if limit is Limit.AT_LEAST:
        return f'<path d="M{x - 4} {y + 4}h8l-4-8z"/>'
    hollow = ' class="pl-hollow"' if limit is Limit.AT_MOST else ""
    radius = _RADIUS - 0.75 if hollow else _RADIUS
    return f'<circle cx="{x}" cy="{y}" r="{radius}"{hollow}/>'


def _stated(amount: Amount, words: _Words) -> str:
    """An amount as it is printed, with what makes it a limit."""
    limit = _LIMITS[amount.limit]
    return (words[limit] if limit else "") + amount.printed


def _table(amounts: Amounts, language: str) -> str:
    """The same as a table, closed until it is wanted."""
    words = FIGURE[language]
    rows: list[str] = []
    for place in amounts.places:
        for one in place.amounts[: _TABLE - len(rows)]:
            name = place.place or words["no_place"]
            rows.append(
                f"<tr><td>{escape(name)}</td><td>{escape(_stated(one, words))}</td>"
                f"<td>{leads(one.clause, one.heading)}</td><td>{escape(one.document)}</td></tr>"
            )
    head = "".join(
        f'<th scope="col">{escape(words[name])}</th>'
        for name in ("place", "amount", "clause", "document")
    )
    total = sum(len(place.amounts) for place in amounts.places)
    first = words["table_first"].format(shown=len(rows)) if len(rows) < total else ""
    return (
        f'<details class="pl-details"><summary>{escape(words["as_table"])}</summary>'
        f'<div class="pl-scroll" role="region" tabindex="0" '
        f'aria-label="{escape(words["as_table"])}"><table class="pl-table"><thead><tr>{head}</tr>'
        f"</thead><tbody>{''.join(rows)}</tbody></table></div>"
        f'<p class="pl-note">{escape(first)}</p></details>'
    )


def leads(clause: str, inside: str) -> str:
    """A button that opens a clause in the source panel."""
    return (
        f'<button type="button" name="clause" value="{escape(clause)}:-1" class="pl-open">'
        f"{escape(inside)}</button>"
    )
