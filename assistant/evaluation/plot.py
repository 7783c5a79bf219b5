"""Measures per kind of question with their intervals, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import ResultsError, UsageError
from assistant.evaluation.measures import Measure
from assistant.evaluation.run import Evaluation, Group

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LONGEST = 24
"""Characters of a kind that are shown."""
SUFFIXES = (".png", ".svg")
_PANELS = (
    (Measure.R5, Measure.R10, Measure.MRR, Measure.NDCG),
    (Measure.CITATION, Measure.QUOTE, Measure.REFUSED, Measure.DECLINED),
)
_AXES = {
    Measure.R5: "share of evidence in the first 5",
    Measure.R10: "share of evidence in the first 10",
    Measure.MRR: "mean of 1 / rank",
    Measure.NDCG: "share of the best gain",
}
"""What the values are; where it isn't said, they are shares of questions."""
_BLUE, _ORANGE = "#0072B2", "#D55E00"
"""Okabe and Ito's colours, told apart whatever one's eyes: higher is better, lower is better."""
_CHINESE = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC",
    "Hiragino Sans GB", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback",
    "Arial Unicode MS",
)  # fmt: skip
"""Fonts with Chinese characters, as systems name theirs."""
_PLAIN = "DejaVu Sans"  # matplotlib's own, always there


def check_plot(path: Path) -> None:
    """Raises :class:`UsageError` where a plot can't be written to a file of that name."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"--plot {path}: the ending says no kind of picture that is drawn.",
            f"Name a file that ends in {' or '.join(SUFFIXES)}.",
        )


def draw(evaluation: Evaluation, path: Path) -> dict[str, str]:
    """Draws the measures of all questions and of each kind to ``path``, a .png or .svg.

    Returns which kind each made-up name stands for: where no font of this machine has the
    characters of a kind, it is drawn as ``kind 1``. Raises :class:`UsageError` for another ending,
    :class:`ResultsError` where the file can't be written.
    """
    check_plot(path)
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    groups = [evaluation.overall, *(evaluation.kinds if len(evaluation.kinds) > 1 else ())]
    families, stand_ins = _fonts([group.kind for group in groups])
    rows = [
        (measures, [group for group in groups if any(m in group.estimates for m in measures)])
        for measures in _PANELS
    ]
    rows = [row for row in rows if row[1]]
    wide = max(len(measures) for measures, _ in rows)
    longest = max(len(_label(group, group.questions, stand_ins)) for group in groups)
    heights = [1.1 + 0.32 * len(shown) for _, shown in rows]
    with rc_context(
        {
            "font.family": families,
            "text.parse_math": False,  # a "$" in a kind begins no formula
            "svg.hashsalt": "assistant",  # the same picture is the same file
        }
    ):
        figure = Figure(
            figsize=(1.0 + 0.09 * longest + 2.4 * wide, 0.6 + sum(heights)),
            dpi=150,
            layout="constrained",
        )
        grid = figure.subplots(len(rows), wide, sharey="row", squeeze=False, height_ratios=heights)
        for axes_row, (measures, shown) in zip(grid, rows, strict=True):
            for axes, measure in zip(axes_row, measures, strict=True):
                _panel(axes, measure, shown)
            counts = [
                group.answerable if Measure.MRR in measures else group.questions for group in shown
            ]
            axes_row[0].set_yticks(
                range(len(shown)),
                [_label(one, n, stand_ins) for one, n in zip(shown, counts, strict=True)],
            )
        figure.supylabel("kind of question (questions asked)", fontsize=10)
        figure.suptitle(
            f"Answers to {len(evaluation.asked)} gold questions: means and 95 % bootstrap intervals"
        )
        try:
            figure.savefig(path, metadata={"Date": None} if _is_svg(path) else None)
        except OSError as error:
            raise ResultsError(
                f"{path} can't be written ({error.strerror}).", "Name another file for --plot."
            ) from error
    return {stand_in: kind for kind, stand_in in stand_ins.items()}


def _is_svg(path: Path) -> bool:
    return path.suffix.lower() == ".svg"


def _panel(axes: Axes, measure: Measure, groups: Sequence[Group]) -> None:
    """One measure: a dot a kind, its interval as a bar."""
    better = "higher" if measure.direction > 0 else "lower"
    colour = _BLUE if measure.direction > 0 else _ORANGE
    for row, group in enumerate(groups):
        one = group.estimates.get(measure)
        if one is None:
            continue
        low = one.mean if one.low is None else one.low
        high = one.mean if one.high is None else one.high
        # a mean of skewed values may lie a rounding error outside of its interval
        sides = [[max(0.0, one.mean - low)], [max(0.0, high - one.mean)]]
        axes.errorbar(
            [one.mean],
            [row],
            xerr=sides,
            fmt="D" if row == 0 else "o",
            markersize=6 if row == 0 else 5,
            color=colour,
            elinewidth=1.6,
            capsize=3,
            clip_on=False,
            zorder=3,
        )
    axes.set_title(f"{measure}\n({better} is better)", fontsize=10)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(groups) - 0.5, -0.5)  # the first on top
    if len(groups) > 1:  # a line between all and the kinds
        axes.axhline(0.5, color="#999999", linewidth=0.8)
    axes.set_xlabel(_AXES.get(measure, "share of questions"), fontsize=9)
    axes.tick_params(labelsize=9)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#dddddd", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _label(group: Group, count: int, stand_ins: Mapping[str, str]) -> str:
    name = stand_ins.get(group.kind, group.name)
    return f"{name if len(name) <= _LONGEST else name[: _LONGEST - 1] + '…'} ({count})"


def _fonts(kinds: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The fonts to draw with; a stand-in for each kind with characters that none of them has."""
    from matplotlib import font_manager

    installed = {entry.name: entry for entry in font_manager.fontManager.ttflist}
    chinese = next((name for name in _CHINESE if name in installed), None)
    families = [_PLAIN, *([chinese] if chinese else [])]
    fonts: list[Any] = [font_manager.get_font(font_manager.findfont(family)) for family in families]

    def drawn(text: str) -> bool:
        return all(any(font.get_char_index(ord(char)) for font in fonts) for char in text)

    undrawn = [kind for kind in dict.fromkeys(kinds) if not drawn(kind)]
    return families, {kind: f"kind {number}" for number, kind in enumerate(undrawn, start=1)}
