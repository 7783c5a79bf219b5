"""The doors for programs: Gradio's client, plain HTTP in two steps, and HTTP in one."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client

from assistant import Assistant, Settings
from assistant.errors import AssistantError, DoorError, IndexBusyError, IndexDamagedError
from assistant.index import BuildReport, Tokenizer
from assistant.page.calls import Calls
from assistant.page.doors import Doors, said, validity
from assistant.page.rest import status_of
from assistant.page.visitor import STRANGER, Visitor
from tests.conftest import ROOT
from tests.page.servers import Page, run, served
from tests.small import FIVE, Library

Little = tuple[Assistant, Settings]
QUESTION = "独立站有什么补贴？"
DOORS = ("ask", "retrieve", "clause", "documents", "rebuild")


class Rebuilds:
    """Stands for what brings the library up to the documents: notes how it was called."""

    def __init__(self) -> None:
        self.full: list[bool] = []
        self.fails: AssistantError | None = None

    def __call__(self, *, full: bool = False) -> BuildReport:
        if self.fails:
            raise self.fails
        self.full.append(full)
        return BuildReport(1, 0, 0, 2, {"a.pdf": "a.pdf: a scan"}, 4, 1, 3, 0.5, "000002-ab")


@pytest.fixture(scope="module")
def rebuilds() -> Rebuilds:
    return Rebuilds()


@pytest.fixture(scope="module")
def page(little: Little, rebuilds: Rebuilds) -> Iterator[Page]:
    """The page over the small library, for whoever is on this machine."""
    with served(*little, rebuild=rebuilds) as served_page:
        yield served_page


@pytest.fixture(scope="module")
def client(page: Page) -> Iterator[Client]:
    """Gradio's own client."""
    made = Client(page.url, verbose=False)
    yield made
    made.close()


def in_two_steps(page: Page, door: str, data: Any, *, named: bool = False) -> tuple[str, Any]:
    """A call over plain HTTP, by place or by name: the event, and what it says."""
    with page.http() as http:
        call = f"/gradio_api/call/{'v2/' if named else ''}{door}"
        answer = http.post(call, json=data if named else {"data": data})
        if answer.status_code != 200:
            return "refused", answer.json()["detail"]
        events = http.get(f"/gradio_api/call/{door}/{answer.json()['event_id']}").text
    event, _, told = events.strip().rpartition("event: ")[2].partition("\ndata: ")
    return event, json.loads(told)[0] if event == "complete" else json.loads(told)["error"]


def in_one_step(page: Page, door: str, given: Any) -> tuple[int, Any]:
    """A call in one step: the status, and what comes back."""
    with page.http() as http:
        answer = http.post(f"/api/{door}", json=given)
    return answer.status_code, answer.json()


# every way leads to the same


@pytest.mark.parametrize(
    ("door", "given"),
    [("ask", {"question": QUESTION}),
     ("ask", {"question": QUESTION, "regions": ["杭州"], "as_of": "2026-01-01", "language": "en"}),
     ("retrieve", {"question": QUESTION, "top_k": 2}),
     ("retrieve", {"question": QUESTION, "documents": ["hangzhou.txt"]}),
     ("clause", {"address_or_id": "杭州 一"}),
     ("documents", {})],
)  # fmt: skip
def test_every_way_gives_the_same(
    page: Page, client: Client, door: str, given: dict[str, Any]
) -> None:
    """Gradio's client, two steps by place and by name, and one step."""
    status, one = in_one_step(page, door, given)
    assert status == 200
    assert client.predict(**given, api_name=f"/{door}") == one
    assert in_two_steps(page, door, given, named=True) == ("complete", one)
    if list(given) in ([], ["question"], ["address_or_id"]):
        assert in_two_steps(page, door, list(given.values())) == ("complete", one)


def test_an_answer_is_limited_as_is_asked(page: Page) -> None:
    """Places, documents, day and language are heeded."""
    _, there = in_one_step(page, "ask", {"question": QUESTION, "regions": ["杭州"]})
    _, elsewhere = in_one_step(page, "ask", {"question": QUESTION, "regions": ["上海"]})
    _, other = in_one_step(page, "ask", {"question": QUESTION, "documents": ["chengdu.txt"]})
    _, english = in_one_step(page, "ask", {"question": QUESTION, "language": "en"})
    assert there["citations"][0]["clause"]["document"]["region"] == "杭州市"
    assert elsewhere["reason"] == "filter_matches_nothing"
    assert {one["clause"]["source"] for one in other["citations"]} <= {"chengdu.txt"}
    assert "Full text" in english["text"] or "clause" in english["text"].lower()


def test_as_many_hits_as_wanted(page: Page) -> None:
    """The best first, each with its ranks and its clause; ten if not said otherwise."""
    for given, wanted in (({}, 4), ({"top_k": 1}, 1), ({"top_k": 3.0}, 3)):
        _, hits = in_one_step(page, "retrieve", {"question": QUESTION, **given})
        assert len(hits) == wanted
        assert [hit["score"] for hit in hits] == sorted((h["score"] for h in hits), reverse=True)
        assert hits[0]["clause"]["number"] == "一"
        assert hits[0]["ranks"]


def test_the_library_is_listed(page: Page, little: Little) -> None:
    """Each document with its count and state, without its text; the counts of all."""
    _, listed = in_one_step(page, "documents", {})
    assistant, _ = little
    assert listed["generation"] == assistant.generation
    assert listed["clauses"] == sum(one["clauses"] for one in listed["documents"]) == 4
    assert [one["source"] for one in listed["documents"]] == ["chengdu.txt", "hangzhou.txt"]
    assert {one["validity"] for one in listed["documents"]} == {"unknown"}
    assert "给予" not in json.dumps(listed, ensure_ascii=False)
    assert listed["failed"] == {}


@pytest.mark.parametrize(
    ("begins", "ends", "state"),
    [(None, None, "unknown"), ("2026-01-01", None, "in_force"), (None, "2026-05-05", "in_force"),
     ("2026-01-01", "2026-05-04", "expired"), ("2026-05-06", None, "not_yet"),
     ("2026-05-05", "2026-05-05", "in_force"), (None, "2026-05-04", "expired")],
)  # fmt: skip
def test_a_text_is_in_force_from_its_first_to_its_last_day(
    begins: str | None, ends: str | None, state: str
) -> None:
    """Both included; where neither is said it is not known."""
    days = [date.fromisoformat(day) if day else None for day in (begins, ends)]
    assert validity(days[0], days[1], date(2026, 5, 5)) == state


def test_documents_without_text_say_the_same_of_themselves(
    tmp_path: Path, tokenizer: Tokenizer
) -> None:
    """What is read without the text is what is read with it."""
    store = Library(tmp_path, FIVE, tokenizer).open().snapshot.store
    assert len(list(store.documents_without_text())) == len(store.documents()) > 5
    for bare, whole in zip(store.documents_without_text(), store.documents(), strict=True):
        assert bare.text == ""
        for name in ("source", "title", "region", "published", "effective_to", "repeals", "start"):
            assert getattr(bare, name) == getattr(whole, name)


# what can't be answered

WRONG = [
    ("ask", {}, "question: it is missing."),
    ("ask", {"question": 5}, "question: a text is expected."),
    ("ask", {"question": None}, "question: a text is expected."),
    ("ask", {"question": " "}, "The question is empty."),
    ("ask", {"question": "长" * 3_000}, "the limit is 2,000"),
    ("ask", {"question": "x", "regions": "杭州"}, "regions: a list of names is expected."),
    ("ask", {"question": "x", "regions": [1]}, "regions: a list of names is expected."),
    ("ask", {"question": "x", "documents": ["a"] * 101}, "at most 100 names"),
    ("ask", {"question": "x", "documents": ["a" * 301]}, "300 characters"),
    ("ask", {"question": "x", "as_of": "bald"}, "as_of: bald is no day; write it like 2026-01-31."),
    ("ask", {"question": "x", "as_of": 20260131}, "is no day"),
    ("ask", {"question": "x", "as_of": [1]}, "is no day"),
    ("ask", {"question": "x", "language": "fr"}, "language: zh or en is expected."),
    ("ask", {"question": "x", "language": ["zh"]}, "language: zh or en is expected."),
    ("retrieve", {"question": "x", "top_k": 0}, "top_k: a whole number from 1 to 100"),
    ("retrieve", {"question": "x", "top_k": 101}, "top_k: a whole number from 1 to 100"),
    ("retrieve", {"question": "x", "top_k": True}, "top_k: a whole number from 1 to 100"),
    ("retrieve", {"question": "x", "top_k": 1.5}, "top_k: a whole number from 1 to 100"),
    ("retrieve", {"question": "x", "top_k": "9"}, "top_k: a whole number from 1 to 100"),
    ("clause", {"address_or_id": "上海 九十九"}, "There is no clause"),
    ("clause", {"address_or_id": "x" * 301}, "301 characters are no address"),
    ("clause", {"address_or_id": {}}, "address_or_id: a text is expected."),
    ("rebuild", {"full": "yes"}, "full: true or false is expected."),
]  # fmt: skip


@pytest.mark.parametrize(("door", "given", "sentence"), WRONG)
def test_a_bad_call_is_one_clear_sentence(
    page: Page, door: str, given: dict[str, Any], sentence: str
) -> None:
    """In one step and in two, it names the argument and what is expected."""
    status, told = in_one_step(page, door, given)
    assert status == (404 if "no clause" in sentence else 400)
    assert sentence in told["detail"]
    if given:
        event, error = in_two_steps(page, door, given, named=True)
        assert event == "error"
        assert sentence in error
        assert "\n" not in error


@pytest.mark.parametrize(
    ("door", "data", "sentence"),
    [("ask", [], "question: it is missing."), ("ask", ["x"] * 6, "6 values came; what is taken: question,"),
     ("documents", [1], "1 values came; what is taken: none."),
     ("ask", [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}], "Files are not taken"),
     ("ask", ["x", [{"a": {"url": "http://127.0.0.1:1/", "path": "x",
                           "meta": {"_type": "gradio.FileData"}}}]], "Files are not taken")],
)  # fmt: skip
def test_values_by_place_are_counted(page: Page, door: str, data: list[Any], sentence: str) -> None:
    """Too few, too many, and what Gradio would take for a file are refused."""
    event, error = in_two_steps(page, door, data)
    assert event == "error"
    assert sentence in error


def test_names_are_checked(page: Page) -> None:
    """A parameter that there is none of, a body that is no object, and a door that is none."""
    assert in_two_steps(page, "ask", {"frage": "x"}, named=True) == (
        "refused", "Parameter `frage` is not a valid key-word argument.",
    )  # fmt: skip
    status, told = in_one_step(page, "ask", {"question": "x", "frage": 1})
    assert status == 400
    assert "It takes question, regions, documents, as_of, language." in told["detail"]
    for body in ([1], "x", 5, None):
        assert in_one_step(page, "ask", body)[0] == 400
    assert in_one_step(page, "open", {})[0] == 404
    with page.http() as http:
        assert http.get("/api/ask").status_code == 405
        assert http.post("/api/documents").status_code == 200
        assert http.post("/api/ask", content=b"\xff").status_code == 400


def test_characters_that_are_none_are_refused(page: Page) -> None:
    """Half of a character, as JSON can write it, is no text."""
    with page.http() as http:
        for body in (b'{"question": "\\ud800"}', b'{"question": "x", "regions": ["\\ud800"]}'):
            answer = http.post("/api/ask", content=body)
            assert answer.status_code == 400
            assert "no valid text" in answer.json()["detail"]


# rebuilding


def test_an_editor_rebuilds(page: Page, client: Client, rebuilds: Rebuilds) -> None:
    """What was done comes back; ``full`` goes through."""
    rebuilds.full.clear()
    _, told = in_one_step(page, "rebuild", {})
    assert told["files_added"] == 1
    assert told["files_failed"] == {"a.pdf": "a.pdf: a scan"}
    assert told["generation"] == "000002-ab"
    assert client.predict(full=True, api_name="/rebuild") == told
    assert in_two_steps(page, "rebuild", []) == ("complete", told)
    assert rebuilds.full == [False, True, False]


def test_nobody_else_does(little: Little, rebuilds: Rebuilds) -> None:
    """Everybody else is told who may; nothing is built."""
    rebuilds.full.clear()
    with served(*little, rebuild=rebuilds, editors=()) as page:
        status, told = in_one_step(page, "rebuild", {})
        assert status == 403
        assert "may edit" in told["detail"]
        event, error = in_two_steps(page, "rebuild", [])
        assert event == "error"
        assert "may edit" in error
    assert rebuilds.full == []


def test_the_pages_own_rebuild_takes_the_documents(tmp_path: Path, little: Little) -> None:
    """Without one of its own the page brings the index up to the documents folder."""
    assistant, settings = little
    with served(assistant, settings) as page:
        _, told = in_one_step(page, "rebuild", {})
    assert (told["files_unchanged"], told["generation"]) == (2, assistant.generation)


@pytest.mark.parametrize(
    ("error", "sentence", "status"),
    [(IndexBusyError("Another build of /srv/index is under way (process 7 on host).", "Wait."),
      "Another build is under way.", 409),
     (IndexDamagedError("/srv/index/x is damaged.", "Rebuild it."), "can't be used now", 503)],
)  # fmt: skip
def test_what_fails_inside_names_no_path(
    page: Page, rebuilds: Rebuilds, error: AssistantError, sentence: str, status: int
) -> None:
    """The sentence that goes out is another than the one on the terminal."""
    rebuilds.fails = error
    try:
        code, told = in_one_step(page, "rebuild", {})
        _, event = in_two_steps(page, "rebuild", [])
    finally:
        rebuilds.fails = None
    assert code == status
    for text in (told["detail"], event):
        assert sentence in text
        assert "/srv" not in text
        assert "process" not in text


def test_what_fails_unforeseen_says_nothing(little: Little) -> None:
    """An error that nobody thought of goes out as one sentence."""

    def broken(*, full: bool = False) -> BuildReport:
        raise RuntimeError(f"a secret {full}")

    with served(*little, rebuild=broken) as page:
        status, told = in_one_step(page, "rebuild", {})
        assert status == 500
        assert "went wrong" in told["detail"]
        event, error = in_two_steps(page, "rebuild", [])
        assert event == "error"
        assert "secret" not in str(error)


def test_the_callers_fault_has_a_status_of_its_own() -> None:
    """What the caller can mend is told apart from what he can't."""
    assert status_of(DoorError("x")) == 400
    assert status_of(DoorError("x", forbidden=True)) == 403
    assert said(DoorError("x.", "y.")) == "x. y."


# the guide

GUIDE = (ROOT / "docs" / "serving.md").read_text("utf-8")
CURL = re.findall(r"^\$ (curl .*)$", GUIDE, re.MULTILINE)


def test_the_guides_commands_work(little: Little) -> None:
    """Each curl of docs/serving.md, as it stands there but for the port, and the program in
    Python."""
    assert len(CURL) > 5
    with served(*little, mcp=True) as page:
        here = f"127.0.0.1:{page.serving.port}"
        ident = ""
        for command in CURL:
            words = shlex.split(
                command.replace("127.0.0.1:7860", here).replace("ID", ident or "ID")
            )
            told = subprocess.run(
                [*words, "--fail", "--noproxy", "*"], capture_output=True, text=True, check=True,
                timeout=60,
            ).stdout  # fmt: skip
            assert "error" not in told
            assert told.strip()
            if found := re.search(r'"event_id": ?"(\w+)"', told):
                ident = found[1]
        (program,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
        told = subprocess.run(
            [sys.executable, "-c", program.replace("127.0.0.1:7860", here)],
            capture_output=True, text=True, check=True, timeout=120,
        ).stdout  # fmt: skip
    assert "200万元" in told
    assert told.count("《") >= 3


# what is public


def test_every_door_tells_its_parameters(page: Page) -> None:
    """Names, types and defaults; the description says what each is for and what comes back."""
    with page.http() as http:
        endpoints = http.get("/gradio_api/info").json()["named_endpoints"]
    assert set(endpoints) == {f"/{name}" for name in (*DOORS, "ask_within")}
    for name, endpoint in endpoints.items():
        for one in endpoint["parameters"]:
            required = one["parameter_name"] in ("question", "address_or_id")
            assert one["parameter_has_default"] is not required
            assert f"{one['parameter_name']}: " in endpoint["description"], name
            assert one["type"]
        assert "Returns:" in endpoint["description"]


def test_few_calls_run_at_once(little: Little) -> None:
    """More than may wait are sent away, and are welcome again later."""
    import anyio

    assistant, settings = little
    go = threading.Event()

    def slow(*, full: bool = False) -> BuildReport:
        go.wait(30)
        return Rebuilds()(full=full)

    async def many() -> None:
        calls = Calls(Doors(assistant, settings, slow), waiting=1)
        ann = Visitor("ann", "", may_edit=True)
        async with anyio.create_task_group() as group:
            for _ in range(3):  # two run, one waits
                group.start_soon(calls.call, "rebuild", {}, ann)
                await anyio.sleep(0.05)
            with pytest.raises(DoorError, match="waiting"):
                await calls.call("documents", {}, STRANGER)
            go.set()
        assert await calls.call("documents", {}, STRANGER)

    run(many)
