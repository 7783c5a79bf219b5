"""The library as a page's visitors see it: states, order, what was left out; and its builds."""

from __future__ import annotations

import ast
import re
import threading
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from assistant import Assistant, Settings
from assistant.errors import AssistantError, IndexBusyError, IndexStateError, NoDocumentsError
from assistant.index import Tokenizer
from assistant.index.dense import Vectors
from assistant.index.lock import locked
from assistant.page.library import Library, Listed, State
from assistant.page.library.listing import (
    SHOWN,
    documents_html,
    editing_html,
    error_html,
    progress_html,
    report_html,
)
from assistant.page.library.overview import SOON, state_of
from assistant.page.library.reasons import error_in, reason_in, without_paths
from assistant.page.library.words import FIGURE, LEFT_OUT, STAGES, STATES, TAB
from assistant.progress import Progress
from assistant.reading.document import LeftOut
from assistant.watch import Watcher
from tests.conftest import CHENGDU, HANGZHOU, ROOT, Build, FakeEncoder, Open
from tests.page.test_uploads import NINGBO

TODAY = date(2026, 3, 1)


@pytest.fixture
def shown(
    settings: Settings, library: Path, build: Build, open_fake: Open
) -> Callable[[], Library]:
    """The library over the settings' folder, built."""

    def open_() -> Library:
        report = build()
        return Library(open_fake(), settings, report)

    return open_


def _policy(place: str, *, begin: str = "", end: str = "", more: str = "", number: str = "") -> str:
    """A policy of a place, with the days that it holds."""
    dates = f"本政策自{begin}起施行。" if begin else ""
    dates += f"有效期至{end}。" if end else ""
    head = f"{number}\n" if number else ""
    return (
        f"{place}独立站扶持政策\n{head}一、支持独立站。给予最高200万元补贴。\n"
        f"二、支持海外仓。给予奖励。\n三、附则。{dates}{more}\n"
    )


def _chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


@pytest.mark.parametrize(
    ("begin", "end", "state"),
    [
        (None, None, State.OPEN),
        (TODAY, None, State.OPEN),
        (TODAY + timedelta(1), None, State.UPCOMING),
        (TODAY + timedelta(1), TODAY + timedelta(9), State.UPCOMING),
        (None, TODAY - timedelta(1), State.RUN_OUT),
        (None, TODAY, State.ENDING),
        (None, TODAY + SOON, State.ENDING),
        (None, TODAY + SOON + timedelta(1), State.IN_FORCE),
        (TODAY - timedelta(9), TODAY + timedelta(900), State.IN_FORCE),
    ],
)
def test_states(begin: date | None, end: date | None, state: State) -> None:
    """A text holds on its last day; soon is ninety days; without a last day it is open; a repeal is
    stronger than any day."""
    assert state_of(begin, end, TODAY) is state
    assert state_of(begin, end, TODAY, repealed=True) is State.REPEALED


def test_what_wants_attention_is_first(library: Path, shown: Callable[[], Library]) -> None:
    """What runs out soon, the next first; then what has run out, the last first; then the rest by
    place, as places are spoken, those of none last."""
    for path in library.iterdir():
        path.unlink()
    soon, later = _chinese(TODAY + timedelta(5)), _chinese(TODAY + timedelta(80))
    for name, place, end in (
        ("a", "杭州市", later),
        ("b", "宁波市", soon),
        ("c", "温州市", "2020年1月1日"),
        ("d", "嘉兴市", "2024年1月1日"),
        ("e", "绍兴市", "2039年1月1日"),
        ("f", "成都市", ""),
        ("g", "", ""),
    ):
        (library / f"{name}.txt").write_text(_policy(place, end=end), "utf-8")
    overview = shown().overview(TODAY)
    assert [(one.place, one.state) for one in overview.documents] == [
        ("宁波", State.ENDING),
        ("杭州", State.ENDING),
        ("嘉兴", State.RUN_OUT),
        ("温州", State.RUN_OUT),
        ("成都", State.OPEN),
        ("绍兴", State.IN_FORCE),
        ("", State.OPEN),
    ]
    assert overview.counts() == {
        State.ENDING: 2, State.RUN_OUT: 2, State.OPEN: 2, State.IN_FORCE: 1
    }  # fmt: skip
    later_on = {one.source: one.state for one in shown().overview(date(2039, 1, 2)).documents}
    assert [source for source, state in later_on.items() if state is not State.RUN_OUT] == [
        "f.txt",
        "g.txt",
    ]


def test_a_repealed_text_says_by_which(library: Path, shown: Callable[[], Library]) -> None:
    """From the day on which the one that repeals it holds."""
    (library / "old.txt").write_text(_policy("宁波市", number="甬政办发〔2020〕9号"), "utf-8")
    (library / "new.txt").write_text(
        _policy(
            "宁波市",
            begin="2026年2月1日",
            more="《宁波市独立站扶持政策》（甬政办发〔2020〕9号）同时废止。",
        ).replace("独立站扶持政策\n", "新版独立站扶持办法\n", 1),
        "utf-8",
    )
    held = shown()
    old = next(one for one in held.overview(TODAY).documents if one.source == "old.txt")
    assert old.state is State.REPEALED
    assert "新版独立站扶持办法" in old.repealed_by
    before = held.overview(date(2026, 1, 31)).documents
    assert next(one for one in before if one.source == "old.txt").state is State.OPEN


def test_a_document_is_told_with_all_that_it_says(
    library: Path, shown: Callable[[], Library]
) -> None:
    """Place, days, number of clauses, and how much of its file is left out, by reason."""
    text = "来源：某某网站\n来源：另一网站\n" + _policy(
        "宁波市", begin="2025年1月1日", end="2027年12月31日"
    )
    (library / "ningbo.txt").write_text(text, "utf-8")
    held = shown()
    one = next(d for d in held.overview(TODAY).documents if d.source == "ningbo.txt")
    assert (one.place, one.clauses, one.name) == ("宁波", 3, "《宁波市独立站扶持政策》")
    assert (one.effective_from, one.effective_to) == (date(2025, 1, 1), date(2027, 12, 31))
    (count,) = one.left_out
    assert (count.reason, count.pieces, count.characters) == ("source", 2, 14)
    assert held.excerpts("ningbo.txt") == {"source": ("来源：某某网站", "来源：另一网站")}
    assert held.excerpts("hangzhou.txt") == {}
    store = held.snapshot.store
    assert store.document(one.row).source == "ningbo.txt"


def test_the_overview_reads_no_text(library: Path, shown: Callable[[], Library]) -> None:
    """Nor is anything read twice for one generation: twenty thousand documents must do."""
    held = shown()
    first = held.overview(TODAY)
    assert held.snapshot.store.document.cache_info().misses == 0
    assert held.overview(TODAY) is first
    assert held.overview(TODAY + timedelta(1)) is not first
    (library / "ningbo.txt").write_bytes(NINGBO)
    held.rebuild()
    assert {one.source for one in held.overview(TODAY).documents} == {
        "hangzhou.txt", "chengdu.txt", "ningbo.txt"
    }  # fmt: skip


def test_failed_files_stand_there_with_their_reasons(
    library: Path, shown: Callable[[], Library]
) -> None:
    """A file that can't be read is not forgotten."""
    (library / "scan.jpg").write_bytes(b"x")
    (library / "broken.docx").write_bytes(b"PKxx")
    held = shown()
    assert [one.source for one in held.overview(TODAY).failed] == ["broken.docx", "scan.jpg"]
    assert held.report is not None
    assert held.report.files_failed.keys() == {"broken.docx", "scan.jpg"}
    html = _list(held, "zh", may_edit=True)
    assert "2 个文件没有读取" in html
    assert "文件已损坏" in html


def test_the_list_is_narrowed(shown: Callable[[], Library]) -> None:
    """By all words of a search, in any of title, place and file, wide or narrow, simplified or not;
    and by a state."""
    overview = shown().overview(TODAY)
    for words, found in (
        ("", 2),
        ("杭州", 1),
        ("HANGZHOU.txt", 1),
        ("跨境電商 成都", 1),
        ("杭州 成都", 0),
        ("<script>", 0),
    ):
        assert len(overview.narrowed(words)) == found, words
    assert overview.narrowed("", State.RUN_OUT) == ()
    assert len(overview.narrowed("杭州", State.OPEN)) == 1


class _Gate(FakeEncoder):
    """Encodes a passage when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.reached = threading.Event()
        self.open.set()

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.reached.set()
        assert self.open.wait(30)
        return super().encode_passages(texts)


@pytest.fixture
def gated(
    settings: Settings, library: Path, tokenizer: Tokenizer, build: Build
) -> tuple[Library, _Gate]:
    """A library whose builds wait at a gate, which is open at first."""
    encoder = _Gate()
    report = build(using=encoder)
    assistant = Assistant.with_parts(settings.index, settings, encoder, tokenizer)
    encoder.reached.clear()
    return Library(assistant, settings, report), encoder


def test_builds_take_turns_and_those_who_wait_share_one(
    gated: tuple[Library, _Gate], library: Path
) -> None:
    """While one build is under way, all who ask meanwhile get one more, which sees what they put
    there; questions are answered all the while."""
    held, gate = gated
    gate.open.clear()
    (library / "first.txt").write_bytes(NINGBO)
    first = threading.Thread(target=held.rebuild)
    first.start()
    assert gate.reached.wait(30)
    assert held.progress is not None
    assert held.progress.stage == "embed"
    reports: list[tuple[int, str]] = []
    for i in range(4):
        (library / f"later{i}.txt").write_bytes(NINGBO.replace("宁波".encode(), "温州".encode()))

    def ask() -> None:
        report = held.rebuild()
        reports.append((report.files_added, report.generation))

    others = [threading.Thread(target=ask) for _ in range(4)]
    for other in others:
        other.start()
    assert held._assistant.ask("独立站补贴多少？").text
    gate.open.set()
    for thread in (first, *others):
        thread.join(30)
    assert held.progress is None
    assert set(reports) == {(4, held.report.generation)}
    assert held.snapshot.manifest.generation.startswith("000003-")
    assert held.overview(TODAY).files == 7


def test_a_listener_that_fails_costs_nobody_the_build(
    shown: Callable[[], Library], library: Path
) -> None:
    """What it was told of goes on; another hears every stage."""
    held = shown()
    (library / "n.txt").write_bytes(NINGBO)
    heard: list[Progress] = []

    def deaf(_: Progress) -> None:
        raise ValueError("deaf")

    held.rebuild(deaf)
    held.rebuild(heard.append, full=True)
    assert {step.stage for step in heard} >= {"read", "parse", "embed", "write"}
    assert held.report is not None
    assert held.report.passages_reused == 0


def test_what_breaks_a_build_is_told_and_forgotten_with_the_next(
    shown: Callable[[], Library], library: Path, settings: Settings, tmp_path: Path
) -> None:
    """The error reaches who asked, and stays for who comes later; the index is the one before."""
    held = shown()
    before = held.snapshot.manifest.generation
    library.rename(tmp_path / "away")
    with pytest.raises(NoDocumentsError):
        held.rebuild()
    assert isinstance(held.error, NoDocumentsError)
    assert held.snapshot.manifest.generation == before
    (tmp_path / "away").rename(library)
    held.rebuild()
    assert held.error is None


def test_another_program_s_build_is_told(
    shown: Callable[[], Library],
    library: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The index's lock is held by a command line, for example."""
    held = shown()
    (library / "n.txt").write_bytes(NINGBO)
    monkeypatch.setattr("assistant.index.lock.WAIT", 0.05)
    with locked(settings.index), pytest.raises(IndexBusyError):
        held.rebuild()
    assert "另一个程序正在更新索引" in error_html(held.error or AssistantError(""), "zh")


def test_the_watch_builds_through_the_library(shown: Callable[[], Library], library: Path) -> None:
    """The watch and the page take turns; neither is ever told that the other holds the lock."""
    held = shown()
    told: list[object] = []
    done = threading.Event()

    def note(outcome: object) -> None:
        told.append(outcome)
        if held.overview(TODAY).files == 5:
            done.set()

    with Watcher(library, held.rebuild, note):
        for i in range(3):
            (library / f"n{i}.txt").write_bytes(NINGBO)
            held.rebuild()
        assert done.wait(30)
    assert not [one for one in told if isinstance(one, Exception)]


def _list(held: Library, language: str = "zh", *, may_edit: bool = False) -> str:
    overview = held.overview(TODAY)
    return documents_html(overview, overview.documents, held.excerpts, language, may_edit=may_edit)


class _Tags(HTMLParser):
    """The tags of some HTML, and attributes that would run something."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.running: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.running += [
            name
            for name, value in attrs
            if name.startswith("on")
            or (name in ("href", "src", "action") and "javascript" in (value or "")[:12])
        ]


OWN = {
    "a", "b", "button", "details", "div", "h3", "input", "label", "li", "ol", "p", "progress", "q",
    "section", "small", "span", "summary", "ul",
}  # fmt: skip
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</textarea><iframe src=javascript:alert(1)>",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_and_texts_never_become_markup(
    library: Path, shown: Callable[[], Library], hostile: str
) -> None:
    """In a title, a file's name, what is left out, a reason, and the name of who repeals."""
    name = hostile.replace("/", "／")
    (library / f"{name}.txt").write_text(
        f"来源：{hostile}\n" + _policy(f"宁波市{hostile}"), "utf-8"
    )
    (library / f"{name}.exe").write_text("x", "utf-8")
    held = shown()
    for language in ("zh", "en"):
        html = _list(held, language, may_edit=True)
        found = _Tags(html)
        assert found.tags <= OWN
        assert found.running == []
        if hostile.startswith("<"):
            assert hostile not in html


def test_a_list_has_what_the_visitor_may_use(shown: Callable[[], Library]) -> None:
    """Each document opens and downloads; replacing and deleting are there for who may."""
    held = shown()
    reading, editing = _list(held), _list(held, may_edit=True)
    for html in (reading, editing):
        assert html.count('name="document"') == 2
        assert 'value="hangzhou.txt#' in html
        assert 'href="documents/hangzhou.txt"' in html
    assert editing.count('name="replace"') == editing.count('name="delete"') == 2
    assert "replace" not in reading
    assert "delete" not in reading
    assert "editors" in editing_html("zh", 20, may_edit=False)
    assert "<input" not in editing_html("zh", 20, may_edit=False)
    assert _Tags(editing_html("zh", 20, may_edit=True)).tags <= OWN


def test_a_long_list_is_cut_and_says_so(shown: Callable[[], Library]) -> None:
    """Of twenty thousand documents the first hundred are written out."""
    held = shown()
    overview = held.overview(TODAY)
    many: tuple[Listed, ...] = overview.documents * 10_000
    html = documents_html(overview, many, held.excerpts, "zh")
    assert html.count('class="pl-row"') == SHOWN
    assert "显示前 100 篇，共 20,000 篇" in html


def test_progress_is_shown_as_it_is() -> None:
    """The step, and how much of it is done; more than all is never shown."""
    html = progress_html(Progress("embed", 30, 120), "zh")
    assert "第 3 步，共 4 步：编码段落" in html
    assert '<progress aria-label="第 3 步，共 4 步：编码段落" value="30" max="120">' in html
    assert 'value="3" max="3"' in progress_html(Progress("parse", 5, 3), "en")
    assert "正在开始" in progress_html(None, "zh")
    assert "载入模型" in progress_html(Progress("load", 0, 1), "zh")


def test_a_report_says_what_the_index_holds(shown: Callable[[], Library], library: Path) -> None:
    """And what changed; that nothing did is only news to who pressed the button."""
    held = shown()
    (library / "n.txt").write_bytes(NINGBO)
    (library / "x.jpg").write_bytes(b"x")
    report = held.rebuild()
    html = report_html(report, held.overview(TODAY), "zh")
    assert "索引现有 3 个文件，3 篇政策，6 条。新增 1，更改 0，移除 0，未变 2" in html
    assert "1 个文件没有读取" in html
    report = held.rebuild()
    assert "没有变化" in report_html(report, held.overview(TODAY), "zh")
    assert "没有变化" not in report_html(report, held.overview(TODAY), "zh", pressed=False)


def test_no_path_of_the_machine_is_shown() -> None:
    """Absolute paths lose all but their last name; sources below the folder stay."""
    for text, shown_as in (
        ("There is no folder at /home/user/documents.", "There is no folder at documents."),
        ("FileNotFoundError: [Errno 2] '/srv/a/b.txt'", "FileNotFoundError: [Errno 2] 'b.txt'"),
        (r"C:\Users\a\b.docx can't be read", "b.docx can't be read"),
        ("~/x/index can't be written", "index can't be written"),
        ("nanhu/a.txt: the file is empty.", "nanhu/a.txt: the file is empty."),
        ("50/60 万元", "50/60 万元"),
    ):
        assert without_paths(text) == shown_as
    error = IndexStateError("The index in /srv/index can't be written (x).", "y")
    for language in ("zh", "en"):
        assert "/srv" not in error_in(language, error)
        assert "Traceback" not in error_in(language, AssistantError("Traceback /srv/x"))


def _reasons() -> list[str]:
    """What the reader's modules give as the reason of an error, gaps filled with a word."""
    found: list[str] = []
    modules = [*(ROOT / "assistant" / "reading").rglob("*.py")]
    modules += [ROOT / "assistant" / "index" / name for name in ("build.py", "inventory.py")]
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                said = "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "7"
                    for part in node.values
                )
                if re.match(r"7: \S.*\.( |$)", said) and said != "7: 7.":
                    found.append(said.removeprefix("7: "))
            elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "refuse":
                said = ast.unparse(node.args[0])
                found.append(re.sub(r"{.*?}", "7", said.strip("f'\"")) + ".")
    return found


def test_every_reason_of_the_reader_is_said_in_chinese() -> None:
    """A new reason must be given its sentence, or who reads Chinese reads English."""
    reasons = _reasons()
    assert len(reasons) > 30
    for reason in reasons:
        said = reason_in("zh", "a.txt", f"a.txt: {reason}")
        assert re.search("[\u4e00-\u9fff]", said), reason
        assert said != reason
        assert reason_in("en", "a.txt", f"a.txt: {reason}") == reason


def test_both_languages_have_every_word() -> None:
    """No word of the tab is missing in one language, and their gaps are the same; every reason,
    stage and state has its word."""
    for words in (TAB, STATES, LEFT_OUT, STAGES, FIGURE):
        assert words["zh"].keys() == words["en"].keys()
        for key, word in words["zh"].items():
            assert set(re.findall(r"{\w+}", word)) == set(re.findall(r"{\w+}", words["en"][key])), (
                key
            )
    assert {state.value for state in State} == STATES["zh"].keys()
    assert set(re.findall(r"``(\w+)``\s+\(", LeftOut.__doc__ or "")) == LEFT_OUT["zh"].keys()


def test_the_fixture_texts_are_what_the_tests_take_them_for() -> None:
    """The names and counts above rest on them."""
    assert HANGZHOU.count("\n") == CHENGDU.count("\n") == 3
