"""Gold files: what a line may say, and what is said of one that can't be used."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.answering import Reason
from assistant.errors import GoldError
from assistant.evaluation import Evidence, clauses_with, read_gold, read_golds, unfound
from tests.conftest import clauses_of

PLAIN: dict[str, Any] = {"question": "问", "evidence": []}


def write(path: Path, *lines: object, **options: str) -> Path:
    """A gold file of these lines: objects as JSON, text as it is."""
    text = "\n".join(
        line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines
    )
    path.write_text(text + "\n", **{"encoding": "utf-8", **options})
    return path


def test_a_line_says_all_that_a_question_is_asked_with(tmp_path: Path) -> None:
    """Kind, expected refusal, history, filters and day come along; the id is the line's number
    where none is given; blank lines and other fields do no harm."""
    path = write(
        tmp_path / "g.jsonl",
        {
            "id": 7,
            "question": "那成都呢？",
            "type": " 追问 ",
            "evidence": [],
            "refusal": "place_not_held",
            "history": ["杭州补多少？"],
            "regions": ["成都市"],
            "documents": ["a.txt"],
            "as_of": "2025-01-31",
            "note": "…",
        },
        "",
        {"question": "问", "evidence": [{"file": "a.txt", "quote": "给予补贴"}]},
    )
    first, second = read_gold(path)
    assert (first.id, first.kind, first.refusal) == ("7", "追问", Reason.PLACE)
    assert first.history == ("杭州补多少？",)
    assert (first.regions, first.documents) == (("成都市",), ("a.txt",))
    assert first.as_of == date(2025, 1, 31)
    assert (second.id, second.kind, second.as_of) == ("3", "", None)
    assert second.evidence == (Evidence("a.txt", "给予补贴"),)


def test_the_turns_of_a_dialogue_are_questions_with_a_history(tmp_path: Path) -> None:
    """Each turn is asked behind those before it; what the dialogue says holds for each."""
    turns = [{"question": "杭州？", "evidence": []}, {"question": "成都呢？", "evidence": []}]
    path = write(tmp_path / "g.jsonl", {"id": "d", "type": "对话", "turns": turns})
    first, second = read_gold(path)
    assert (first.id, second.id) == ("d.1", "d.2")
    assert (first.history, second.history) == ((), ("杭州？",))
    assert second.kind == "对话"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_bom_and_windows_newlines_do_no_harm(tmp_path: Path, encoding: str, newline: str) -> None:
    """What Windows writes is read; a line separator within a text ends no line."""
    path = tmp_path / "g.jsonl"
    lines = (PLAIN, {"question": "上\u2028下", "evidence": []})
    text = newline.join(json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_bytes((text + newline).encode(encoding))
    assert [one.question for one in read_gold(path)] == ["问", "上\u2028下"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "line 2"),
        ('["question"]', "no object"),
        ({"evidence": []}, "question is missing"),
        ({"question": " ", "evidence": []}, "question is empty"),
        ({"question": 3, "evidence": []}, "question is 3; expected a text"),
        ('{"question": "\\ud800", "evidence": []}', "no text that UTF-8"),
        ({"question": "问"}, "evidence is missing"),
        ({"question": "问", "evidence": {}}, "evidence is {}; expected a list"),
        ({"question": "问", "evidence": None}, "evidence is null; expected a list"),
        ({"question": "问", "evidence": ["a"]}, 'evidence holds "a"; expected an object'),
        ({"question": "问", "evidence": [{"quote": "q"}]}, "evidence.file is missing"),
        ({"question": "问", "evidence": [{"file": "f"}]}, "evidence.quote is missing"),
        ({"question": "问", "evidence": [{"file": "f", "quote": ""}]}, "evidence.quote is empty"),
        ({"question": "问", "evidence": [{"file": 1, "quote": "q"}]}, "evidence.file is 1"),
        ({**PLAIN, "id": None}, "id is null"),
        ({**PLAIN, "id": True}, "id is true"),
        ({**PLAIN, "id": " "}, 'id is " "'),
        ({**PLAIN, "type": 3}, "type is 3"),
        ({**PLAIN, "refusal": "because"}, "expected one of filter_matches_nothing"),
        (
            {
                "question": "问",
                "evidence": [{"file": "f", "quote": "q"}],
                "refusal": "place_not_held",
            },
            "refusal is for questions without evidence",
        ),
        ({**PLAIN, "history": "问"}, 'history is "问"; expected a list'),
        ({**PLAIN, "history": ["问", ""]}, "history[1] is empty"),
        ({**PLAIN, "regions": [3]}, "regions[0] is 3"),
        ({**PLAIN, "documents": {}}, "documents is {}"),
        ({**PLAIN, "as_of": "soon"}, "expected a day like 2026-01-31"),
        ({**PLAIN, "as_of": "20250131"}, "expected a day like 2026-01-31"),
        ({**PLAIN, "as_of": 20250131}, "expected a day like 2026-01-31"),
        ({**PLAIN, "id": "1"}, "line 1 has the id 1 too"),
        ({"turns": []}, "turns is empty"),
        ({"turns": [3]}, "turn 1: 3 is no object"),
        ({"turns": [PLAIN, {"question": "问"}]}, "turn 2: evidence is missing"),
        ({"turns": [PLAIN], "question": "问"}, "question stands beside turns"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: object, said: str) -> None:
    """The error says the file, the number of the line and what is wrong with it, on one line."""
    with pytest.raises(GoldError) as caught:
        read_gold(write(tmp_path / "gold.jsonl", PLAIN, line))
    assert "gold.jsonl, line 2" in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, a folder and a missing file are errors of the gold."""
    path = tmp_path / "g.jsonl"
    path.write_bytes(b"\xff\xfe\x00")
    for bad in (path, tmp_path, tmp_path / "gone.jsonl"):
        with pytest.raises(GoldError, match="can't be read"):
            read_gold(bad)


def test_several_files_keep_their_questions_apart(tmp_path: Path) -> None:
    """An id that two files use gets its file's name; others stay as they are."""
    a = write(tmp_path / "a.jsonl", PLAIN, {**PLAIN, "id": "x"})
    b = write(tmp_path / "b.jsonl", PLAIN)
    assert [one.id for one in read_golds([a, b])] == ["a.jsonl:1", "x", "b.jsonl:1"]
    with pytest.raises(GoldError, match="named twice"):
        read_golds([a, a])
    (tmp_path / "again").mkdir()
    with pytest.raises(GoldError, match="same name"):
        read_golds([a, write(tmp_path / "again" / "a.jsonl", PLAIN)])
    with pytest.raises(GoldError, match="no question"):
        read_golds([write(tmp_path / "empty.jsonl")])


def test_evidence_is_looked_for_in_the_clauses(tmp_path: Path) -> None:
    """Evidence may stand in several clauses; what stands in none is named, with whether its file is
    in the library at all."""
    clauses = clauses_of("一、甲。给予补贴。\n二、乙。给予补贴。\n三、丙。加强服务。\n")
    path = write(
        tmp_path / "g.jsonl",
        {
            "question": "问",
            "evidence": [
                {"file": "t.txt", "quote": "给予补贴"},
                {"file": "t.txt", "quote": "补贴。\n二、"},
                {"file": "u.txt", "quote": "加强服务"},
            ],
        },
    )
    questions = read_gold(path)
    places = clauses_with(questions[0].evidence, clauses)
    assert list(places.values()) == [(clauses[0].id, clauses[1].id), (), ()]
    lost = unfound(questions, places, ["t.txt"])
    assert [(one.question, one.evidence.source, one.in_library) for one in lost] == [
        ("1", "t.txt", True),
        ("1", "u.txt", False),
    ]
