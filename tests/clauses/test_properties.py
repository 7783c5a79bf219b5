"""What must hold for the clauses of any text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.clauses import read_outline
from assistant.clauses.numbers import chinese_numeral
from assistant.errors import ReadingError
from assistant.reading import SourceFile, parse
from assistant.reading.documents import split_documents
from assistant.reading.extract import Extract
from tests.conftest import examples, spans_of

_PRINTED = st.one_of(
    st.integers(1, 30).map(lambda n: f"{chinese_numeral(n)}、"),
    st.integers(1, 30).map(lambda n: f"（{chinese_numeral(n)}）"),
    st.integers(1, 120).map(lambda n: f"第{chinese_numeral(n)}条 "),
    st.integers(1, 9).map(lambda n: f"第{chinese_numeral(n)}章 "),
    st.integers(1, 30).map(lambda n: f"{n}."),
    st.integers(1, 30).map(lambda n: f"({n})"),
    st.integers(1, 9).map(lambda n: f"第{chinese_numeral(n)}部分 "),
    st.integers(1, 12).map(lambda n: f"{n} "),
    st.lists(st.integers(1, 4), min_size=2, max_size=4).map(lambda n: ".".join(map(str, n)) + " "),
    st.integers(1, 9).map(lambda n: f"Article {n} "),
    st.sampled_from("㈠㈡㈢⑴⑵⑶⒈⒉⒊ⅠⅡⅢ①②③❶❷"),
    st.sampled_from(["A.", "B.", "C.", "I.", "II.", "III.", "a)", "b)", "c)", "第l2条"]),
    st.sampled_from(
        [
            "(-)",
            "L",
            "&",
            "1.5万元",
            "附件",
            "附件：",
            "附件：1.",
            "目录",
            "",
            "",
            "# ",
            "----",
            "12",
        ]
    ),
)
_WORDS = st.sampled_from(
    [
        "支持企业发展", "给予补贴。", "最高不超过100万元。", "责任单位：市商务局）", "本办法自2024年1月1日起施行。",
        "来源:某网 发布时间:2024-01-01", "依照", "第三条、第五条", "《某法》第二条", "第(一)、(二)项", "前条规定",
        "发文机关：市政府", "成文日期：2024年1月1日", "二〇二四年三月五日", "某市商务局", "会员", "自发布之日起30日内", "《杭州市若干政策》", "编辑:", "关于印发某办法的通知", "目标：", "a", "𠮷", "\u3000",
    ]
)  # fmt: skip
_LINES = st.builds(
    lambda number, words: number + "".join(words), _PRINTED, st.lists(_WORDS, max_size=4)
)
POLICIES = st.lists(_LINES, min_size=1, max_size=25).flatmap(
    lambda lines: st.sampled_from(["\n", " ", "\n\n"]).map(lambda glue: glue.join(lines))
)
TEXTS = st.one_of(POLICIES, st.text(max_size=200))


def _read(text: str) -> SourceFile:
    return split_documents(Extract(text), "t.txt")


@pytest.mark.fuzz
@given(TEXTS)
@settings(max_examples=examples(400), deadline=None)
def test_invariants_of_clauses(text: str) -> None:
    """Clauses are literal, in order and apart, ids are unique, and nothing is unaccounted for."""
    file = _read(text)
    seen = bytearray(len(text))
    idents: list[str] = []
    for piece in file.left_out:
        assert piece.reason
        seen[piece.start : piece.end] = b"x" * (piece.end - piece.start)
    for outline in map(read_outline, file.documents):
        end = outline.document.start
        for clause in outline.clauses:
            assert clause.text == clause.document.text[clause.start : clause.end]
            assert end <= clause.start < clause.end <= outline.document.end
            assert clause.text == clause.text.strip()
            assert clause.address.startswith(clause.document.name)
            end = clause.end
            idents.append(clause.id)
            found = [(one.start, one.end) for one in clause.quantities]
            found += [(one.start, one.end) for one in clause.references]
            assert all(clause.start <= a < b <= clause.end for a, b in found)
        for origin in outline.document.origins:
            assert all(0 <= first < last <= len(text) for first, last in origin.spans)
        for part in spans_of(outline):
            seen[slice(*part)] = b"x" * (part[1] - part[0])
    assert len(set(idents)) == len(idents)
    assert [c for i, c in enumerate(text) if not seen[i] and not c.isspace()] == []


@pytest.mark.fuzz
@given(TEXTS)
@settings(max_examples=examples(100), deadline=None)
def test_reading_twice_gives_the_same(text: str) -> None:
    """The same text gives the same clauses with the same ids."""
    once, again = (
        [c for d in _read(text).documents for c in read_outline(d).clauses] for _ in range(2)
    )
    assert once == again


@pytest.mark.fuzz
@given(st.binary(max_size=300))
@settings(max_examples=examples(100), deadline=None)
def test_no_bytes_break_the_reading(data: bytes) -> None:
    """Any bytes give documents or a reading error."""
    try:
        file = parse(data, "t.txt")
    except ReadingError:
        return
    for document in file.documents:
        read_outline(document)
