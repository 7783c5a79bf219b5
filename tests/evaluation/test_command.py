"""``assistant evaluate`` as a process, what it prints, and the plot."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

import pytest
from PIL import Image
from rich.cells import cell_len

from assistant.errors import ResultsError, UsageError
from assistant.evaluation import plot
from assistant.evaluation.run import Evaluation, summarise
from tests.conftest import ROOT
from tests.evaluation.test_gold import write
from tests.evaluation.test_run import run as evaluated
from tests.program import run, start
from tests.test_cli import one_line

TEXT = """杭州市支持跨境电商措施
一、支持独立站。对企业自建独立站的，给予最高200万元的资金扶持。
二、支持海外仓。对租用海外仓的企业，给予最高100万元的补贴。
三、支持人才。加强人才培训和服务。
"""
QUESTIONS = (
    {
        "id": "a",
        "question": "独立站补多少？",
        "type": "金额",
        "evidence": [{"file": "杭州.txt", "quote": "给予最高200万元的资金扶持"}],
    },
    {
        "id": "b",
        "question": "租海外仓有补贴吗？",
        "type": "很长的一个问题类别，名字比表格的列还要宽",
        "evidence": [{"file": "杭州.txt", "quote": "给予最高100万元的补贴"}],
    },
    {"id": "c", "question": "宁波补多少？", "evidence": [], "refusal": "place_not_held"},
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> tuple[str, ...]:
    """Options that name an index of a small library, made with a model of a few kilobytes."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "documents").mkdir()
    (folder / "documents" / "杭州.txt").write_text(TEXT, "utf-8")
    options = ("--index", str(folder / "index"), "--model", str(tiny_model))
    process = run("build", "--documents", str(folder / "documents"), *options)
    assert process.returncode == 0, process.stderr
    return options


def fits(output: str) -> None:
    """Every line fits 80 columns but those that name a file, and the rows of a table end where its
    rule does, however wide their characters are."""
    lines = [line for line in output.splitlines() if not line.startswith(("Written: ", "Against "))]
    assert max(map(cell_len, lines)) <= 80
    tables = 0
    for above, line, *below in (lines[i - 1 :] for i in range(1, len(lines))):
        if set(line.strip()) == {"─"}:
            tables += 1
            rows = [above, *takewhile(str.strip, below)]
            assert {cell_len(row) for row in rows} == {cell_len(line)}
    assert tables >= 2


def test_everything_is_measured_printed_and_written(index: tuple[str, ...], tmp_path: Path) -> None:
    """Tables that fit 80 columns, also with wide characters; results as JSON; a picture; and a
    second run that compares itself with the first."""
    gold = write(tmp_path / "gold.jsonl", *QUESTIONS)
    results, picture = tmp_path / "results.json", tmp_path / "measures.png"
    process = start("evaluate", str(gold), *index, "--json", str(results), "--plot", str(picture))
    assert process.returncode == 0, process.stderr
    assert "3 questions, 2 of them answerable." in process.stdout
    assert re.search(r"all +2 +\d\.\d\d", process.stdout)
    fits(process.stdout)
    assert f"Written: {picture}" in process.stdout
    data = json.loads(results.read_text("utf-8"))
    assert data["questions"] == 3
    assert set(data["measures"]) >= {"R@1", "R@5", "R@10", "MRR", "nDCG@10", "first citation"}
    assert [one["kind"] for one in data["kinds"]] == ["金额", QUESTIONS[1]["type"], ""]
    assert [one["id"] for one in data["results"]] == ["a", "b", "c"]
    assert data["results"][0]["quotes"]
    assert data["milliseconds"]["answer"]["median"] > 0
    with Image.open(picture) as image:
        assert min(image.size) > 300
    again = run("evaluate", str(gold), *index, "--compare", str(results), "--without", "synonyms")
    assert again.returncode == 0, again.stderr
    assert "3 questions in both." in again.stdout
    assert "Same: 3 questions." in again.stdout
    fits(again.stdout)


def test_each_step_has_a_row(index: tuple[str, ...], tmp_path: Path) -> None:
    """``--ablate`` measures anew without each step, but for those left out anyway and for a
    reranker that is not there; ``--kind`` limits the questions."""
    from assistant.retrieval import Step

    gold = write(tmp_path / "gold.jsonl", *QUESTIONS)
    results = tmp_path / "results.json"
    process = run(
        "evaluate", str(gold), *index, "--ablate", "--without", "spelling", "--kind", "金额",
        "--json", str(results),
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    data = json.loads(results.read_text("utf-8"))
    steps = [step.value for step in Step if step.value not in ("spelling", "reranker")]
    assert [row["without"] for row in data["ablation"]] == steps
    assert (data["questions"], data["without"]) == (1, ["spelling"])
    assert re.search(rf"^ *{steps[0]} ", process.stdout, re.MULTILINE)
    fits(process.stdout)


def test_evidence_in_no_clause_stops_it_unless_lenient(
    index: tuple[str, ...], tmp_path: Path
) -> None:
    """The ids of the questions and the files that are not there are named; with ``--lenient`` it is
    a warning, and the evidence counts as not found."""
    lost = [{"file": "杭州.txt", "quote": "给予最高999万元"}, {"file": "gone.txt", "quote": "补贴"}]
    gold = write(tmp_path / "g.jsonl", {"id": "x", "question": "补多少？", "evidence": lost})
    line = one_line(run("evaluate", str(gold), *index), 1)
    assert "Evidence of 1 question(s) stands in no clause: x." in line
    assert "Not in the library: gone.txt." in line
    assert line.endswith("or go on with --lenient.")
    process = run("evaluate", str(gold), *index, "--lenient")
    assert process.returncode == 0, process.stderr
    assert "counts as not found" in process.stderr
    assert re.search(r"all +1 +0\.00", process.stdout)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("nowhere.jsonl",), 1, "nowhere.jsonl can't be read"),
        (("GOLD", "--kind", "日期"), 2, "Kinds: 金额"),
        (("GOLD", "--without", "magic"), 2, "Steps: simplified, spelling"),
        (("GOLD", "--plot", "picture.gif"), 2, ".png or .svg"),
        (("GOLD", "--plot", "nowhere/picture.png"), 2, "there is no folder nowhere"),
        (("GOLD", "--json", "."), 2, "it is a folder"),
        (("GOLD", "--compare", "GOLD"), 1, "Name a file that assistant evaluate --json wrote"),
        (("GOLD", "--index", "nowhere"), 1, "assistant build --index nowhere"),
        ((), 2, "assistant --help"),
    ],
)
def test_a_call_that_is_off_is_told_before_any_question(
    tmp_path: Path, arguments: tuple[str, ...], status: int, said: str
) -> None:
    """Each mistake: one line that names what to do, and the exit status of its kind."""
    gold = str(write(tmp_path / "gold.jsonl", *QUESTIONS))
    given = [gold if argument == "GOLD" else argument for argument in arguments]
    assert said in one_line(run("evaluate", *given), status)


@pytest.mark.parametrize("module", ["pyndeval", "scipy", "matplotlib"])
def test_a_missing_extra_names_the_command_that_installs_it(tmp_path: Path, module: str) -> None:
    """Without the packages the command says which is missing and how to get it."""
    gold = write(tmp_path / "gold.jsonl", *QUESTIONS)
    code = (
        f"import sys; sys.modules[{module!r}] = None; "
        f"sys.argv = ['assistant', 'evaluate', {str(gold)!r}, '--plot', {str(tmp_path / 'a.png')!r}]; "
        "from assistant.cli import main; main()"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    line = one_line(process, 1)
    assert f"needs {module}, which is not installed" in line
    assert "pip install -c constraints.txt -e '.[evaluate]'" in line


@pytest.fixture
def evaluation() -> Evaluation:
    """A small evaluation with a Chinese kind, and one whose name could be a formula."""
    asked = evaluated().asked
    return summarise([*asked, replace(asked[0], gold=replace(asked[0].gold, kind="a_$b$"))])


def test_the_plot_is_a_picture_of_its_kind(evaluation: Evaluation, tmp_path: Path) -> None:
    """A .png and an .svg, the latter the same each time; other endings are refused, and a folder
    that can't be written to is named."""
    assert plot.draw(evaluation, tmp_path / "a.png").keys() <= {"kind 1"}
    with Image.open(tmp_path / "a.png") as image:
        assert image.format == "PNG"
    for name in ("a.svg", "b.SVG"):
        plot.draw(evaluation, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.SVG").read_bytes()
    assert b"<svg" in (tmp_path / "a.svg").read_bytes()
    with pytest.raises(UsageError, match="no kind of picture"):
        plot.draw(evaluation, tmp_path / "a.gif")
    with pytest.raises(ResultsError, match="can't be written"):
        plot.draw(evaluation, tmp_path / "nowhere" / "a.png")


def test_kinds_that_no_font_can_draw_get_names_that_can_be(
    evaluation: Evaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a Chinese font the plot has no empty boxes: a kind stands there by a number, and the
    numbers are explained."""
    monkeypatch.setattr(plot, "_CHINESE", ())
    assert plot.draw(evaluation, tmp_path / "a.png") == {"kind 1": "钱"}
