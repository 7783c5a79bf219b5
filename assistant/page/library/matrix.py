"""Places and subjects as a table, and the clauses that a cell of a picture stands for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assistant.page.library.figure import Axis, columns_of, figure, leads, money, sampled
from assistant.page.library.pictures import Amounts, Matrix, called
from assistant.page.library.words import FIGURE
from assistant.page.render import escape

_LISTED = 60
_TINTS = 5
"""Shades of a cell, by its share of the largest."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a picture that was drawn of a ``generation``; ``column`` is a subject's number, or
    a column of dots."""

    generation: str
    place: int
    column: int

    @classmethod
    def parse(cls, text: str) -> Cell | None:
        """The cell that a page names; ``None`` for anything else that may come."""
        parts = text.split("|")
        if len(parts) != 3 or not all(p.removeprefix("-").isdecimal() for p in parts[1:]):
            return None
        if any(len(part) > 40 for part in parts):
            return None
        return cls(parts[0], int(parts[1]), int(parts[2]))


def matrix_html(matrix: Matrix, language: str) -> str:
    """The table: a row for each place, a column for each subject, in each cell how many clauses."""
    words = FIGURE[language]
    title = escape(words["subjects_title"])
    if not matrix.subjects:
        return figure(title, f'<p class="pl-note">{escape(words["subjects_none"])}</p>')
    largest = max(map(len, matrix.cells.values()))
    head = "".join(f'<th scope="col"><span>{escape(name)}</span></th>' for name in matrix.subjects)
    rows = "".join(
        f'<tr><th scope="row">{escape(place or words["no_place"])}</th>'
        + "".join(
            f"<td>{_cell(matrix, at, column, largest, language)}</td>"
            for column in range(len(matrix.subjects))
        )
        + "</tr>"
        for at, place in enumerate(matrix.places)
    )
    notes = list(sampled(matrix.looked, matrix.clauses, words))
    if len(matrix.places) < matrix.places_found:
        shown, found = len(matrix.places), matrix.places_found
        notes.insert(0, words["subjects_most"].format(shown=shown, places=found))
    return figure(
        title,
        f"<p>{escape(words['subjects_text'])}</p>"
        f'<div class="pl-scroll" role="region" tabindex="0" aria-label="{title}">'
        f'<table class="pl-matrix"><thead><tr><th scope="col">'
        f'<span class="pl-unseen">{escape(words["place"])}</span></th>{head}</tr></thead>'
        f'<tbody>{rows}</tbody></table></div><p class="pl-note">{escape(" ".join(notes))}</p>',
    )


def _cell(matrix: Matrix, place: int, column: int, largest: int, language: str) -> str:
    rows = matrix.cells.get((place, column), ())
    if not rows:
        return '<span class="pl-none" aria-hidden="true">·</span>'
    words = FIGURE[language]
    name, subject = matrix.places[place] or words["no_place"], matrix.subjects[column]
    said = escape(words["cell"].format(place=name, subject=subject, count=len(rows)))
    tint = 1 + (_TINTS - 1) * (len(rows) - 1) // max(1, largest - 1)
    cell = escape(f"{matrix.generation}|{place}|{column}")
    return (
        f'<button type="button" name="cell" class="pl-cell pl-tint-{tint}" data-cell="{cell}" '
        f'data-picture="subjects" aria-label="{said}" title="{said}">{len(rows)}</button>'
    )


def amounts_listed(amounts: Amounts, cell: Cell, language: str) -> str | None:
    """The clauses whose amounts stand in a column of dots, or ``None`` where there is no such
    column any more."""
    if cell.generation != amounts.generation or not 0 <= cell.place < len(amounts.places):
        return None
    place = amounts.places[cell.place]
    axis = Axis.over(amounts.places)
    here = columns_of(place, axis).get(cell.column, [])
    if not here:
        return None
    words = FIGURE[language]
    low, high = (money(bound, language) for bound in axis.bounds(cell.column))
    title = words["listed_amounts"].format(
        place=place.place or words["no_place"], low=low, high=high, count=len(here)
    )
    items = (
        f"<li><b>{escape(one.printed)}</b> {leads(one.clause, one.heading)}"
        f"<small>{escape(one.document)}</small></li>"
        for one in here[:_LISTED]
    )
    return _list(title, items, len(here), language)


def subject_listed(matrix: Matrix, cell: Cell, language: str) -> str | None:
    """The clauses of a place that speak of a subject, or ``None`` where there is no such cell any
    more."""
    rows = matrix.cells.get((cell.place, cell.column))
    if cell.generation != matrix.generation or not rows:
        return None
    words = FIGURE[language]
    title = words["listed"].format(
        place=matrix.places[cell.place] or words["no_place"],
        subject=matrix.subjects[cell.column],
        count=len(rows),
    )
    clauses = map(matrix.store.clause, rows[:_LISTED])
    items = (
        f"<li>{leads(clause.id, called(clause))}<small>{escape(clause.document.name)}</small></li>"
        for clause in clauses
    )
    return _list(title, items, len(rows), language)


def _list(title: str, items: Iterable[str], count: int, language: str) -> str:
    said = FIGURE[language]["listed_first"].format(shown=_LISTED) if count > _LISTED else ""
    return (
        f'<section class="pl-listed" tabindex="-1" aria-label="{escape(title)}">'
        f"<h4>{escape(title)}</h4><ol>{''.join(items)}</ol>"
        f'<p class="pl-note">{escape(said)}</p></section>'
    )
