"""The list of a library's documents as HTML, and what stands around it.

Every title, file name and reason goes through :func:`~assistant.page.render.escape`; nothing of a
document or of a file's name becomes markup. What the buttons do is in ``library.js``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import groupby
from urllib.parse import quote

from assistant.errors import AssistantError
from assistant.index import BuildReport
from assistant.page.library.overview import FailedFile, Listed, Overview, State
from assistant.page.library.reasons import error_in, reason_in
from assistant.page.library.words import LEFT_OUT, STAGES, STATES, TAB
from assistant.page.render import escape
from assistant.progress import Progress
from assistant.reading import FORMATS, ending

SHOWN = 100
"""Documents that are listed at once; the others are found by searching."""
_FAILED = 50
_STEPS = ("read", "parse", "embed", "write")
"""What every build goes through, in order."""
_ORDER = (
    State.ENDING,
    State.RUN_OUT,
    State.REPEALED,
    State.UPCOMING,
    State.IN_FORCE,
    State.OPEN,
)
_SAID_BY_SCRIPT = (
    "queued", "sending", "reading", "added", "replaced", "unchanged", "removed", "skipped",
    "too_large", "other_type", "no_connection", "ask_replace_title", "ask_replace",
    "ask_delete_title", "ask_delete", "yes_replace", "yes_delete", "cancel",
)  # fmt: skip

Excerpts = Callable[[str], Mapping[str, Sequence[str]]]
_Words = Mapping[str, str]


def documents_html(
    overview: Overview,
    found: Sequence[Listed],
    excerpts: Excerpts,
    language: str,
    *,
    sought: str = "",
    state: State | None = None,
    may_edit: bool = False,
) -> str:
    """The documents ``found`` in ``overview`` (the first :data:`SHOWN`) by the words ``sought`` and
    the ``state`` that is chosen; ``excerpts`` gives the beginnings of what was left out of a
    file."""
    words = TAB[language]
    parts = [_summary(overview, words), _states(overview, state, language)]
    if overview.failed:
        parts.append(_failed(overview.failed, language, may_edit=may_edit))
    shown = found[:SHOWN]
    for title, some in groupby(shown, key=lambda one: _group(one, words)):
        items = "".join(
            _row(one, overview.today, excerpts, language, may_edit=may_edit) for one in some
        )
        parts.append(f'<h3>{escape(title)}</h3><ul class="pl-list">{items}</ul>')
    if not found:
        parts.append(f'<p class="pl-note">{escape(words["none"])}</p>')
    elif len(shown) < len(found):
        said = words["first"].format(shown=len(shown), found=f"{len(found):,}")
        parts.append(f'<p class="pl-note">{escape(said)}</p>')
    return f'<div class="pl-documents" data-sought="{escape(sought)}">{"".join(parts)}</div>'


def _summary(overview: Overview, words: _Words) -> str:
    said = words["summary"].format(
        files=f"{overview.files:,}",
        documents=f"{len(overview.documents):,}",
        clauses=f"{overview.clauses:,}",
    )
    return f'<p class="pl-summary">{escape(said)}</p>'


def _states(overview: Overview, chosen: State | None, language: str) -> str:
    """The states that there are, each a button that leaves only its documents."""
    counts = overview.counts()
    choices = [("", TAB[language]["all"], len(overview.documents), chosen is None)]
    choices += [
        (state.value, STATES[language][state.value], counts[state], state is chosen)
        for state in _ORDER
        if counts[state] or state is chosen
    ]
    buttons = "".join(
        f'<button type="button" name="state" value="{value}" '
        f'aria-pressed="{"true" if pressed else "false"}">{escape(word)} <b>{count:,}</b></button>'
        for value, word, count, pressed in choices
    )
    return f'<p class="pl-states">{buttons}</p>'


def _group(one: Listed, words: _Words) -> str:
    if one.state is State.ENDING:
        return words["soon"]
    return words["run_out"] if one.state is State.RUN_OUT else words["rest"]


def _row(one: Listed, today: date, excerpts: Excerpts, language: str, *, may_edit: bool) -> str:
    words = TAB[language]
    facts = [one.place or words["no_place"], words["clauses"].format(count=one.clauses)]
    if one.published:
        facts.append(words["published"].format(day=one.published.isoformat()))
    opens = (
        f'<button type="button" name="document" value="{escape(one.source)}#{one.row}" '
        f'class="pl-title">{escape(one.name)}</button>'
    )
    return (
        f'<li class="pl-row">{opens}{_validity(one, today, language)}'
        f'<p class="pl-facts">{" · ".join(map(escape, facts))}</p>'
        f"{_left_out(one, excerpts, language)}{_file(one.source, words, may_edit=may_edit)}</li>"
    )


def _validity(one: Listed, today: date, language: str) -> str:
    words = TAB[language]
    begin, end = one.effective_from, one.effective_to
    said = ""
    if begin and end:
        said = words["from_to"].format(begin=begin.isoformat(), end=end.isoformat())
    elif begin:
        said = words["from"].format(day=begin.isoformat())
    elif end:
        said = words["to"].format(day=end.isoformat())
    if one.state is State.ENDING and end:
        said += words["left_in"].format(days=(end - today).days)
    if one.repealed_by:
        by = words["repealed_by"].format(name=one.repealed_by)
        said = f"{by} · {said}" if said else by
    state = STATES[language][one.state.value]
    return (
        f'<p class="pl-validity"><b class="pl-state pl-{one.state.value}">{escape(state)}</b> '
        f"{escape(said)}</p>"
    )


def _left_out(one: Listed, excerpts: Excerpts, language: str) -> str:
    """What the document's file leaves out, folded in."""
    if not one.left_out:
        return ""
    words, reasons = TAB[language], LEFT_OUT[language]
    begun = excerpts(one.source)
    lines: list[str] = []
    for count in one.left_out:
        said = words["left_out_line"].format(
            reason=reasons.get(count.reason, count.reason),
            pieces=count.pieces,
            characters=f"{count.characters:,}",
        )
        quotes = "".join(
            f"<q>{escape(' '.join(text.split()))}</q>" for text in begun.get(count.reason, ())
        )
        lines.append(f"<li>{escape(said)}{quotes}</li>")
    said = words["left_out"].format(
        pieces=sum(count.pieces for count in one.left_out),
        characters=f"{sum(count.characters for count in one.left_out):,}",
    )
    return (
        f'<details class="pl-details"><summary>{escape(said)}</summary>'
        f"<ul>{''.join(lines)}</ul></details>"
    )


def _file(source: str, words: _Words, *, may_edit: bool) -> str:
    """The file's name and what can be done with it."""
    name = escape(source)
    label = escape(words["download_label"].format(source=source))
    acts = [
        (
            f'<a class="pl-act" href="documents/{quote(source)}" data-source="{name}" download '
            f'aria-label="{label}">{escape(words["download"])}</a>'
        )
    ]
    if may_edit:
        acts += [_act(act, source, words) for act in ("replace", "delete")]
    return f'<p class="pl-file"><span>{name}</span><span class="pl-acts">{"".join(acts)}</span></p>'


def _act(act: str, source: str, words: _Words) -> str:
    label = escape(words[f"{act}_label"].format(source=source))
    return (
        f'<button type="button" name="{act}" value="{escape(source)}" class="pl-act" '
        f'aria-label="{label}">{escape(words[act])}</button>'
    )


def _failed(failed: Sequence[FailedFile], language: str, *, may_edit: bool) -> str:
    """The files that are in the folder but not in the index, each with the reason."""
    words = TAB[language]
    items: list[str] = []
    for one in failed[:_FAILED]:
        acts = [] if not may_edit else [_act("delete", one.source, words)]
        if may_edit and ending(one.source) in FORMATS:
            acts.insert(0, _act("replace", one.source, words))
        reason = reason_in(language, one.source, one.reason)
        items.append(
            f'<li><p class="pl-file"><span>{escape(one.source)}</span>'
            f'<span class="pl-acts">{"".join(acts)}</span></p>'
            f"<p>{escape(reason)}</p></li>"
        )
    if len(failed) > _FAILED:
        items.append("<li>…</li>")
    title = escape(words["failed"].format(count=len(failed)))
    return (
        f'<section class="pl-failed" aria-label="{title}"><h3>{title}</h3>'
        f"<ul>{''.join(items)}</ul></section>"
    )


def editing_html(language: str, limit_mb: int, *, may_edit: bool) -> str:
    """Where files are dropped or chosen; for who may not change the library, a sentence that says
    who may."""
    words = TAB[language]
    if not may_edit:
        return f'<p class="pl-note pl-who">{escape(words["who"])}</p>'
    said = {key: words[key] for key in _SAID_BY_SCRIPT}
    limits = words["limits"].format(formats=" ".join(FORMATS), limit=limit_mb)
    return (
        f'<section class="pl-editing" aria-label="{escape(words["editing"])}" '
        f'data-language="{language}" data-limit="{limit_mb}" '
        f'data-words="{escape(json.dumps(said, ensure_ascii=False))}">'
        f'<div class="pl-drop"><p>{escape(words["drop"])} '
        f'<label class="pl-choose"><input type="file" multiple accept="{",".join(FORMATS)}" '
        f'class="pl-unseen">{escape(words["choose"])}</label></p>'
        f'<p class="pl-note">{escape(limits)}</p></div>'
        f'<ul class="pl-queue" aria-label="{escape(words["queue_label"])}"></ul></section>'
    )


def progress_html(progress: Progress | None, language: str) -> str:
    """How far a build is: the step it is in, and how much of that is done."""
    words = TAB[language]
    if progress is None:
        return _bar(words["starting"], "", "")
    stage = STAGES[language].get(progress.stage, progress.stage)
    said = stage
    if progress.stage in _STEPS:
        number = _STEPS.index(progress.stage) + 1
        said = words["step"].format(number=number, total=len(_STEPS), stage=stage)
    done, total = min(progress.done, progress.total), max(1, progress.total)
    counted = words["of"].format(done=f"{done:,}", total=f"{total:,}")
    return _bar(said, counted, f' value="{done}" max="{total}"')


def _bar(said: str, counted: str, values: str) -> str:
    return (
        f'<div class="pl-progress"><p><span>{escape(said)}</span><span>{escape(counted)}</span></p>'
        f'<progress aria-label="{escape(said)}"{values}></progress></div>'
        '<p class="pl-done" role="status"></p>'
    )


def report_html(
    report: BuildReport, overview: Overview, language: str, *, pressed: bool = True
) -> str:
    """What the index now holds, and what the build did; that it had nothing to do is only said to
    who ``pressed`` for it (after an upload, the watch may have been first)."""
    words = TAB[language]
    said = [
        words["held"].format(
            files=f"{overview.files:,}",
            documents=f"{len(overview.documents):,}",
            clauses=f"{overview.clauses:,}",
        )
    ]
    changed = report.files_added + report.files_changed + report.files_removed
    if changed or pressed:
        said.append(
            words["report" if changed else "nothing"].format(
                added=report.files_added,
                changed=report.files_changed,
                removed=report.files_removed,
                unchanged=report.files_unchanged,
                seconds=f"{report.seconds:.1f}",
            )
        )
    if report.files_failed:
        said.append(words["unread"].format(count=len(report.files_failed)))
    return _done(("" if language == "zh" else " ").join(said), failed=False)


def error_html(error: AssistantError, language: str) -> str:
    """Why a build broke off."""
    return _done(error_in(language, error), failed=True)


def _done(said: str, *, failed: bool) -> str:
    style = "pl-done pl-wrong" if failed else "pl-done"
    return f'<div class="pl-progress"></div><p class="{style}" role="status">{escape(said)}</p>'
