"""What people think of answers: kept, changed, listed, and made into a gold file."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from assistant import Answer, Assistant, Citation, Reason, Settings
from assistant.cli import app
from assistant.errors import AssistantError, FeedbackError, GoldError, SettingsError, UsageError
from assistant.evaluation import Evidence, missing_evidence, read_gold
from assistant.page.feedback import COMMENT_CHARS, Context, Feedback, Judgement, Quoted
from assistant.page.feedback_report import csv_of, gold_lines, print_judgements, write_lines
from assistant.text import writable
from tests.conftest import ROOT, Build, Open, clauses_of

CLAUSE = clauses_of("杭州市政策\n一、独立站。给予200万元补贴。\n二、海外仓。给予奖励。\n")[0]
CITATION = Citation(CLAUSE, CLAUSE.text, CLAUSE.start, CLAUSE.end, CLAUSE.address)
ANSWER = Answer(
    "独立站补多少？",
    "金额：200万元",
    (CITATION,),
    False,
    None,
    0.87,
    understood_as="杭州独立站补多少？",
)
REFUSAL = Answer("上海呢？", "没有上海的政策。", (), True, Reason.PLACE, 0.1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "feedback.sqlite3"


@pytest.fixture
def feedback(path: Path) -> Feedback:
    return Feedback.open(path, patience=0.1)


def liking(feedback: Feedback, comment: str = "", visitor: str = "甲") -> str:
    return feedback.record(ANSWER.question, ANSWER, True, comment, "zh", visitor)


def test_everything_that_helps_to_judge_an_answer_is_kept(feedback: Feedback, path: Path) -> None:
    """Time, index, question, how it was understood and with what it was asked, the answer with its
    citations, and the judgement."""
    context = Context(("杭州独立站补多少？",), ("杭州",), ("a.txt",), date(2026, 1, 31))
    before = datetime.now(UTC).replace(microsecond=0)
    ident = feedback.record(
        " 最多多少？",
        ANSWER,
        False,
        " 太少\r\n了 ",
        "zh",
        "甲",
        generation="000001-ab",
        context=context,
    )
    (one,) = Feedback.open(str(path)).judgements()
    assert before <= one.time == one.changed <= datetime.now(UTC)
    assert one == Judgement(
        id=ident, time=one.time, changed=one.changed, visitor=one.visitor, language="zh",
        generation="000001-ab", question=" 最多多少？", understood_as="杭州独立站补多少？", context=context,
        answer="金额：200万元", citations=(Quoted(CLAUSE.id, CLAUSE.address, "t.txt", CLAUSE.text),),
        abstained=False, reason=None, confidence=0.87, liked=False, comment="太少\n了",
    )  # fmt: skip


def test_the_file_is_made_with_the_first_judgement(feedback: Feedback, path: Path) -> None:
    """Opening, listing and changing make none; recording makes it, and its folder."""
    assert feedback.judgements() == []
    with pytest.raises(FeedbackError):
        feedback.change("x", "甲", liked=True)
    assert not path.parent.exists()
    liking(feedback)
    assert path.exists()
    assert [file.name for file in path.parent.iterdir()] == ["feedback.sqlite3"]


def test_a_refusal_is_kept_with_its_reason_and_the_closest_sentence(feedback: Feedback) -> None:
    """A refusal cites nothing, but may show a sentence."""
    feedback.record("q", REFUSAL, True, "", "zh", "")
    feedback.record(
        "q", replace(REFUSAL, reason=Reason.NOT_STATED, closest=CITATION), True, "", "zh", ""
    )
    first, second = feedback.judgements()
    assert (first.abstained, first.reason, first.citations) == (True, "place_not_held", ())
    assert [c.quote for c in second.citations] == [CLAUSE.text]


def test_a_visitor_changes_and_withdraws_what_he_said_and_nobody_else_does(
    feedback: Feedback,
) -> None:
    """By the judgement's id, and only by its own visitor."""
    ident = liking(feedback, "好")
    feedback.change(ident, "甲", liked=False)
    feedback.change(ident, "甲", comment="引用的不是这一条")
    (one,) = feedback.judgements()
    assert (one.liked, one.comment) == (False, "引用的不是这一条")
    assert one.changed >= one.time
    acts: tuple[Callable[[], None], ...] = (
        lambda: feedback.change(ident, "乙", liked=True),
        lambda: feedback.withdraw(ident, "乙"),
        lambda: feedback.withdraw("'; DROP TABLE feedback; --\ud800", "甲"),
    )
    for act in acts:
        with pytest.raises(FeedbackError, match="no judgement"):
            act()
    assert feedback.judgements() == [one]
    feedback.withdraw(ident, "甲")
    assert feedback.judgements() == []


def test_visitors_are_told_apart_and_not_named(feedback: Feedback, path: Path) -> None:
    """The file holds nothing of a visitor's name, but the same visitor is the same one."""
    for visitor in ("wang@example.cn", "wang@example.cn", "li", "\ud800"):
        liking(feedback, visitor=visitor)
    first, second, third, _ = (one.visitor for one in feedback.judgements())
    assert first == second != third
    assert b"wang" not in path.read_bytes()
    other = Feedback.open(path.with_name("other.sqlite3"))
    liking(other, visitor="wang@example.cn")
    assert other.judgements()[0].visitor != first


def test_a_comment_has_an_end(feedback: Feedback) -> None:
    """One that is too long is refused with its length, and nothing is kept or changed."""
    ident = liking(feedback, "好" * COMMENT_CHARS)
    for act in (
        lambda: liking(feedback, "好" * (COMMENT_CHARS + 1)),
        lambda: feedback.change(ident, "甲", comment="好" * (COMMENT_CHARS + 1)),
    ):
        with pytest.raises(FeedbackError, match="2,001 characters"):
            act()
    assert [one.comment for one in feedback.judgements()] == ["好" * COMMENT_CHARS]


@given(
    st.text(st.characters(), max_size=30),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)
def test_any_text_is_kept(
    tmp_path_factory: pytest.TempPathFactory, said: str, printed: str
) -> None:
    """Whatever is typed or printed comes back: quotes as they are, all else but for what no file
    can hold."""
    feedback = Feedback.open(tmp_path_factory.mktemp("any") / "f.sqlite3")
    citation = replace(CITATION, quote=printed, label=printed)
    answer = replace(ANSWER, text=said, citations=(citation,), understood_as=said)
    feedback.record(said, answer, True, said, "zh", said, context=Context((said,), (said,)))
    (one,) = feedback.judgements()
    assert one.question == one.answer == one.understood_as == writable(said)
    assert one.comment == writable(said).strip()
    assert one.citations[0].quote == one.citations[0].label == printed


def test_threads_and_processes_write_at_once(path: Path) -> None:
    """None of their judgements is lost, though all begin with no file."""
    program = (
        "import sys; from assistant import Answer; from assistant.page.feedback import Feedback\n"
        "feedback = Feedback.open(sys.argv[1], patience=60)\n"
        "for i in range(20): feedback.record(f'{i}', Answer('q', 't', (), False, None, 0.5), True, '', 'zh', sys.argv[2])"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", program, str(path), name], cwd=ROOT)
        for name in "ab"
    ]
    mine = Feedback.open(path, patience=60)
    threads = [threading.Thread(target=_like_often, args=(mine, 20, name)) for name in "cd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    found = mine.judgements()
    assert len(found) == len({one.id for one in found}) == 80
    assert len({one.visitor for one in found}) == 4


def test_a_file_that_another_program_holds_is_an_error_with_a_remedy(
    feedback: Feedback, path: Path
) -> None:
    """It is waited for, then said; afterwards all goes on."""
    liking(feedback)
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(FeedbackError, match="held by another program. Try again"):
            liking(feedback)
        with pytest.raises(FeedbackError, match="held by another program"):
            feedback.judgements()
    liking(feedback)
    assert len(feedback.judgements()) == 2


def test_a_full_disk_is_an_error_and_harms_nothing(path: Path) -> None:
    """Where the file can grow no more, the judgement is refused and those before it stay."""
    feedback = Feedback.open(path)
    liking(feedback)
    program = (
        "import resource, signal, sys; from assistant import Answer; from assistant.errors import FeedbackError\n"
        "from assistant.page.feedback import Feedback\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)\n"
        "try: Feedback.open(sys.argv[1]).record('q', Answer('q', 't' * 100_000, (), False, None, 0.5), True, '', 'zh', '')\n"
        "except FeedbackError as error: sys.exit(0 if error.remedy else 3)\n"
        "sys.exit(4)"
    )
    size = str(path.stat().st_size)
    process = subprocess.run(
        [sys.executable, "-c", program, str(path), size], cwd=ROOT, check=False
    )
    assert process.returncode == 0
    assert len(feedback.judgements()) == 1
    liking(feedback)


def _like_often(feedback: Feedback, times: int = 30, visitor: str = "甲") -> None:
    for _ in range(times):
        liking(feedback, "好" * 500, visitor)


def _damage(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    if how == "noise":
        data[:] = bytes(range(256)) * 20
    elif how == "cut":
        del data[len(data) // 2 :]
    elif how == "page":
        data[4096:] = b"\xff" * len(data[4096:])
    elif how == "header":
        data[16:100] = b"\x00" * 84
    path.write_bytes(data)


@pytest.mark.parametrize("how", ["noise", "cut", "page", "header"])
def test_a_damaged_file_is_an_error_with_a_remedy(feedback: Feedback, path: Path, how: str) -> None:
    """It says what to do, and the file is left as it is."""
    _like_often(feedback)
    _damage(path, how)
    damaged = path.read_bytes()
    with pytest.raises(FeedbackError) as reading:
        feedback.judgements()
    with pytest.raises(FeedbackError) as writing:
        _like_often(feedback)  # what stands on whole pages may still be written
    for error in (reading.value, writing.value):
        assert "feedback.sqlite3" in error.message
        assert str(path.parent) not in str(error)
        assert "Move it away" in error.remedy or "Name another file" in error.remedy
    if how in ("noise", "header"):
        assert path.read_bytes() == damaged


def test_another_database_is_left_alone(feedback: Feedback, path: Path) -> None:
    """A SQLite file of another program, or of a newer version of this one, is neither read nor
    changed."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE feedback (x)")
    data = path.read_bytes()
    for act in (lambda: liking(feedback), feedback.judgements):
        with pytest.raises(FeedbackError, match="something else"):
            act()
    assert path.read_bytes() == data
    path.unlink()
    liking(feedback)
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 99")
    for act in (lambda: liking(feedback), feedback.judgements):
        with pytest.raises(FeedbackError, match="newer version"):
            act()


def test_a_row_that_was_spoilt_by_hand_is_named(feedback: Feedback, path: Path) -> None:
    """Whoever edited the file learns which row it is."""
    ident = liking(feedback)
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE feedback SET context = 'none'")
    with pytest.raises(FeedbackError, match=ident):
        feedback.judgements()


@pytest.mark.parametrize("name", ["", "folder", "file/feedback.sqlite3"])
def test_a_place_where_no_file_can_be_is_an_error(tmp_path: Path, name: str) -> None:
    """A folder, and something below a file."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    with pytest.raises(FeedbackError, match="Name another file|Move it away") as caught:
        liking(Feedback.open(tmp_path / name))
    assert str(tmp_path) not in str(caught.value)


def judged(liked: bool = True, comment: str = "", **fields: Any) -> Judgement:
    """A judgement of :data:`ANSWER`."""
    now = datetime(2026, 1, 31, 12, tzinfo=UTC)
    made = Judgement(
        "ab12", now, now, "v", "zh", "g", "独立站补多少？", None, Context(), "t",
        (Quoted("c", "《政策》一、", "t.txt", CLAUSE.text),), False, None, 0.9, liked, comment,
    )  # fmt: skip
    return replace(made, **fields)


FORMULAS = st.text(st.sampled_from("=+-@＝＋－＠;,|\t\n\"' a1("), max_size=20)


@given(FORMULAS, st.sampled_from(",;\t|"))
def test_a_spreadsheet_computes_nothing(said: str, separator: str) -> None:
    """No cell begins as a formula does, whatever a country's settings take for the separator; read
    as it is meant, a cell is the text but for apostrophes."""
    text = csv_of([judged(comment=said, question=said)])
    assert text.startswith("\ufeff")
    for row in csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=separator):
        for cell in row:
            for line in cell.split("\n"):
                assert not line.strip("\" '\t") or line.lstrip('" \t')[0] not in "=+-@＝＋－＠"
    _, row = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert row[7].replace("'", "") == said.replace("'", "")


def test_the_csv_reads_well() -> None:
    """A line for each judgement below the names of the columns; ordinary text stays as it is."""
    text = csv_of(
        [
            judged(comment="2023-2025 的，25%；好"),
            judged(False, reason="not_stated", abstained=True),
        ]
    )
    head, first, second = (
        csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))).fieldnames or [],
        *csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))),
    )
    assert head[:4] == ["time", "liked", "question", "understood_as"]
    assert (first["liked"], first["comment"], first["cited"]) == (
        "yes",
        "2023-2025 的，25%；好",
        "《政策》一、",
    )
    assert (second["liked"], second["refused"]) == ("no", "not_stated")


def test_what_was_liked_becomes_gold(tmp_path: Path) -> None:
    """An answer gives its quotes as evidence, a refusal its reason; what was asked with is kept."""
    context = Context((), ("杭州",), ("t.txt",), date(2026, 1, 31))
    judgements = [
        judged(id="a1", context=context, comment="清楚"),
        judged(id="a2", question="上海呢？", citations=(), abstained=True, reason="place_not_held"),
        judged(
            id="a3",
            question="那奖励呢？",
            understood_as="杭州海外仓的奖励",
            context=Context(("海外仓？",)),
        ),
        judged(id="a4", question="挎境电商？", understood_as="跨境电商？"),
        judged(id="a5", question="谢谢", citations=(), abstained=True, reason="no_question"),
    ]
    lines, others = gold_lines(judgements)
    assert others == []
    path = tmp_path / "gold.jsonl"
    write_lines(path, lines)
    first, second, third, fourth = read_gold(path)
    assert first.evidence == (Evidence("t.txt", CLAUSE.text),)
    assert (first.id, first.kind) == ("feedback-a1", "liked")
    assert (first.regions, first.documents, first.as_of) == (
        ("杭州",),
        ("t.txt",),
        date(2026, 1, 31),
    )
    assert lines[0]["note"] == "清楚"
    assert (second.evidence, second.refusal) == ((), Reason.PLACE)
    assert (third.question, third.history) == ("那奖励呢？", ("海外仓？",))
    assert fourth.question == "跨境电商？"


def test_what_was_disliked_is_left_to_be_filled_in(tmp_path: Path) -> None:
    """Its line tells what was cited and why that was no good; no evaluation takes it as it is."""
    lines, others = gold_lines([judged(False, "不是这一条"), judged(False, "金额不对")])
    assert lines == []
    (line,) = others
    assert line["evidence"] is None
    assert line["cited"] == [{"file": "t.txt", "quote": CLAUSE.text}]
    assert line["note"] == "不是这一条\n金额不对"
    path = tmp_path / "todo.jsonl"
    write_lines(path, others)
    with pytest.raises(GoldError, match="line 1: evidence is null"):
        read_gold(path)
    write_lines(tmp_path / "done.jsonl", [{**line, "evidence": line["cited"]}])
    assert read_gold(tmp_path / "done.jsonl")[0].question == "独立站补多少？"


def test_judgements_of_one_question_count_together() -> None:
    """More likes than dislikes make it gold, by the newest answer that was liked; other filters or
    another history make another question."""
    old = (Quoted("c", "l", "t.txt", "旧"),)
    new = (Quoted("c", "l", "t.txt", "新"),)
    liked = [judged(citations=old), judged(citations=new), judged(False, citations=old)]
    lines, others = gold_lines(liked)
    assert [line["evidence"][0]["quote"] for line in lines] == ["新"]
    assert others == []
    lines, others = gold_lines([*liked, judged(False), judged(context=Context(regions=("成都",)))])
    assert [line.get("regions") for line in lines] == [["成都"]]
    assert len(others) == 1


def test_gold_files_are_not_written_over(tmp_path: Path) -> None:
    """A file that is there may have been filled in by hand; a folder that is not is named."""
    path = tmp_path / "gold.jsonl"
    write_lines(path, [])
    with pytest.raises(FeedbackError, match="there already"):
        write_lines(path, [])
    with pytest.raises(FeedbackError, match="can't be written"):
        write_lines(tmp_path / "none" / "gold.jsonl", [])


def test_a_liked_answer_can_be_evaluated(
    library: Path, build: Build, open_fake: Open, feedback: Feedback, tmp_path: Path
) -> None:
    """From a real answer to a gold file whose evidence stands in the library."""
    build()
    opened: Assistant = open_fake()
    answer = opened.ask("杭州对自建独立站有什么补贴？")
    assert answer.citations
    feedback.record(answer.question, answer, True, "", "zh", "", generation=opened.generation)
    path = tmp_path / "gold.jsonl"
    write_lines(path, gold_lines(feedback.judgements())[0])
    (question,) = read_gold(path)
    store = opened.snapshot.store
    assert missing_evidence([question], [store.clause(row) for row in range(len(store))]) == []
    assert question.question == answer.question


def call(*arguments: str, **environment: str) -> Any:
    return CliRunner().invoke(app, ["feedback", *arguments], env=environment)


def test_the_command_lists_and_writes(feedback: Feedback, path: Path, tmp_path: Path) -> None:
    """``list`` as a table, JSON and CSV; ``to-gold`` with and without a file for the others."""
    where = {"ASSISTANT_FEEDBACK": str(path)}
    assert json.loads(call("list", "--json", **where).stdout) == []
    liking(feedback, "[red]好[/red]")
    feedback.record("上海呢？", REFUSAL, False, "=1+1", "zh", "乙")
    (first, second) = json.loads(call("list", "--json", **where).stdout)
    assert (first["comment"], second["reason"]) == ("[red]好[/red]", "place_not_held")
    assert first["context"] == {"history": [], "regions": [], "documents": [], "as_of": None}
    assert '"\'=1+1"' in call("list", "--csv", **where).stdout
    gold, todo = tmp_path / "gold.jsonl", tmp_path / "todo.jsonl"
    assert "1 others" in call("to-gold", str(gold), **where).stdout
    assert [one.question for one in read_gold(gold)] == ["杭州独立站补多少？"]
    gold.unlink()
    call("to-gold", str(gold), "--todo", str(todo), **where)
    assert json.loads(todo.read_text("utf-8"))["note"] == "=1+1"


def test_the_table_shows_what_was_said_as_it_was() -> None:
    """The newest comes first; square brackets are no markup."""
    console = Console(width=200, record=True, file=io.StringIO())
    print_judgements(console, [judged(comment="[bold]旧[/bold]"), judged(False, "新")])
    shown = console.export_text()
    assert shown.index("新") < shown.index("[bold]旧[/bold]")
    assert "1 liked, 1 disliked." in shown


def test_calls_that_are_off_are_refused(path: Path) -> None:
    """Two formats at once, and a list of what is not kept."""
    where = {"ASSISTANT_FEEDBACK": str(path)}
    assert isinstance(call("list", "--json", "--csv", **where).exception, UsageError)
    assert isinstance(call("list", ASSISTANT_FEEDBACK="off").exception, SettingsError)
    assert issubclass(FeedbackError, AssistantError)


@pytest.mark.parametrize("said", ["", "off", " OFF "])
def test_feedback_can_be_turned_off(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the word, or by nothing; the default is a file in the project's folder."""
    assert Settings.load().feedback == Path("feedback.sqlite3")
    assert Settings.load(feedback=said).feedback is None
    monkeypatch.setenv("ASSISTANT_FEEDBACK", said)
    assert Settings.load().feedback is None
    monkeypatch.setenv("ASSISTANT_FEEDBACK", "~/f.sqlite3")
    assert Settings.load().feedback == Path.home() / "f.sqlite3"


def test_the_docs_describe_every_column(feedback: Feedback, path: Path) -> None:
    """``docs/feedback.md`` has a line for each column of the table, and for no other."""
    liking(feedback)
    with closing(sqlite3.connect(path)) as made:
        columns = [name for _, name, *_ in made.execute("PRAGMA table_info(feedback)")]
    lines = re.findall(
        r"^\| (`.*?) \|", (ROOT / "docs" / "feedback.md").read_text("utf-8"), re.MULTILINE
    )
    assert re.findall(r"`(\w+)`", " ".join(lines)) == columns
