"""Words of the same meaning: the file, what users add, and what they are worth in a search."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import SettingsError
from assistant.index import Tokenizer
from assistant.retrieval import Step, Synonyms
from assistant.retrieval.synonyms import _OWN, _read
from assistant.text import fold
from tests.small import Library

LINES = [
    line
    for line in _OWN.read_text("utf-8").splitlines()
    if line.strip() and not line.lstrip().startswith("#")
]


@pytest.mark.parametrize("line", LINES)
def test_every_line_of_our_own_file_loads(line: str) -> None:
    """Each line is a group; its words, folded, stand for each other or for those on the right."""
    ((words, meant),) = _read(line, "synonyms.txt")
    own = Synonyms.load()
    for word in words:
        assert word == fold(word)
        assert {*meant} - {word} <= set(own.of(word))


def test_no_word_stands_for_itself() -> None:
    """A word is never among those that may stand for it, nor twice."""
    own = Synonyms.load()
    assert len(own) > 100
    for word in own._also:
        assert word not in own.of(word)
        assert len(set(own.of(word))) == len(own.of(word))


def test_the_groups_of_several_lines_join(tmp_path: Path) -> None:
    """A user's words are added to ours; none of ours is lost."""
    added = tmp_path / "mine.txt"
    added.write_text("\ufeff# mine\n补贴 红包\n\n蓉城 > 成都\n", "utf-8")
    own, both = Synonyms.load(), Synonyms.load(added)
    assert set(own.of("补贴")) | {"红包"} == set(both.of("补贴"))
    assert "补贴" in both.of("红包")
    assert both.of("蓉城") == ("成都",)
    assert both.of("成都") == own.of("成都")
    assert len(both) > len(own)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("补贴 补助\n孤单\n", 2),
        ("> 补贴\n", 1),
        ("# a\n\n补贴 >\n", 3),
        ("补 " + "长" * 41 + "\n", 1),
    ],
)
def test_an_odd_line_is_an_error_with_its_place(tmp_path: Path, text: str, line: int) -> None:
    """A line that is no group names the file, the line and what a line looks like."""
    added = tmp_path / "mine.txt"
    added.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=rf"mine\.txt, line {line}: .*补贴 补助 奖励"):
        Synonyms.load(added)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00\xd8", "folder"])
def test_a_file_that_can_not_be_read(tmp_path: Path, content: bytes | str | None) -> None:
    """A missing file, one of other bytes, a folder: an error that names the setting."""
    added = tmp_path / "mine.txt"
    if content == "folder":
        added.mkdir()
    elif isinstance(content, bytes):
        added.write_bytes(content)
    with pytest.raises(SettingsError, match="ASSISTANT_SYNONYMS"):
        Synonyms.load(added)


def test_latin_words_count_only_whole() -> None:
    """Ai is in no email; a Chinese word counts wherever it stands."""
    synonyms = Synonyms([(("ai", "人工智能"), ("ai", "人工智能")), (("补贴",), ("补助",))])
    assert [one.word for one in synonyms.in_text("ai的补贴")] == ["ai", "补贴"]
    assert [one.word for one in synonyms.in_text("用ai做")] == ["ai"]
    assert synonyms.in_text("email和ai2") == ()
    assert [one.also for one in synonyms.in_text("有补贴吗")] == [("补助",)]


def test_the_longest_word_is_taken() -> None:
    """Of words that overlap the longest one counts, and each counts once."""
    synonyms = Synonyms([(("园区", "基地"), ("园区", "基地")), (("产业园区",), ("产业园",))])
    assert [one.word for one in synonyms.in_text("产业园区和产业园区")] == ["产业园区"]


def test_no_groups_find_nothing() -> None:
    """Without groups no word stands for another."""
    assert Synonyms([]).in_text("补贴") == ()
    assert len(Synonyms([])) == 0


TEXTS = {
    "a.txt": "梅市扶持政策\n一、甲。对外籍人员给予帮助。\n二、乙。对园区给予帮助。\n三、丙。对航线给予帮助。\n"
}


def test_a_users_words_are_found(tmp_path: Path, tokenizer: Tokenizer) -> None:
    """With the setting ``synonyms`` a word of the user's leads to the clause; without it, or
    without the step, it does not."""
    library = Library(tmp_path / "library", TEXTS, tokenizer)
    added = tmp_path / "mine.txt"
    added.write_text("啵啵客 > 外籍\n", "utf-8")
    first = library.open(synonyms=added).retrieve("啵啵客")[0]
    assert "外籍" in first.clause.text
    assert first.ranks["lexical"] == 1
    for other in (library.open(), library.open(synonyms=added, without={Step.SYNONYMS})):
        assert all("lexical" not in hit.ranks for hit in other.retrieve("啵啵客"))
