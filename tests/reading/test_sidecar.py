"""``NAME.toml`` beside a document."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from assistant import Assistant, Settings, read_document
from assistant.errors import SidecarError
from tests.conftest import Build

TEXT = (
    "杭州市扶持办法\n第一条　企业可以申请补贴。\n第二条　本办法自2024年1月1日起施行。\n"
    "附件\n申报细则目录\n第一条　每年申报一次。\n第二条　另行通知。\n"
)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.txt"
    path.write_text(TEXT, "utf-8")
    return path


def test_it_corrects_and_adds_and_is_marked_as_said(policy: Path) -> None:
    """What is said replaces what was read; the rest keeps the words that it was read from."""
    policy.with_suffix(".toml").write_text(
        'region = "浙江省杭州市余杭区"\neffective_to = 2027-12-31\nissuer = "余杭区商务局"\n'
        'repeals = ["甲政〔2020〕1号"]\n[[document]]\ntitle = "余杭区扶持办法"\nnumber = "余政〔2024〕1号"\n',
        "utf-8",
    )
    main, annex = read_document(policy)
    assert (main.title, annex.title) == ("余杭区扶持办法", "申报细则目录")
    assert (main.number, annex.number) == ("余政〔2024〕1号", "")
    for document in (main, annex):
        assert document.region == "余杭区"
        assert document.places == ("浙江省", "杭州市", "余杭区")
        assert document.effective_to == date(2027, 12, 31)
        origin = document.origin("effective_to")
        assert origin
        assert origin.said
        assert not origin.spans
    read = main.origin("effective_from")
    assert read
    assert not read.said
    assert [main.text[a:b] for a, b in read.spans] == ["自2024年1月1日起施行"]


def test_the_name_with_its_ending_goes_first(policy: Path) -> None:
    """policy.txt.toml speaks of policy.txt alone, policy.toml of whatever is called policy."""
    policy.with_suffix(".toml").write_text('issuer = "甲"\n', "utf-8")
    policy.with_name("policy.txt.toml").write_text('issuer = "乙"\n', "utf-8")
    assert read_document(policy)[0].issuer == "乙"


def test_an_empty_value_takes_away_what_was_read(policy: Path) -> None:
    """A day that is wrong can be said to be none."""
    policy.with_suffix(".toml").write_text('effective_from = ""\n', "utf-8")
    assert read_document(policy)[0].effective_from is None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("region = ", "Correct the file"),
        ('place = "杭州"', "no field 'place'.*Fields: title"),
        ('effective_to = "soon"', "is not a day"),
        ("effective_to = 2027", "is not a day"),
        ("title = 3", "is not a text"),
        ('title = ""', "the title is empty"),
        ("repeals = [1]", "is not a list"),
        ('document = "x"', r"\[\[document\]\]"),
        (
            '[[document]]\n[[document]]\n[[document]]\nissuer = "甲"',
            "speaks of 3 documents.*holds 2",
        ),
    ],
)
def test_what_it_gets_wrong_is_named(policy: Path, content: str, says: str) -> None:
    """The error names the file, the field, and what may stand there."""
    policy.with_suffix(".toml").write_text(content, "utf-8")
    with pytest.raises(SidecarError, match=f"policy.toml: .*{says}"):
        read_document(policy)


def test_a_change_in_it_is_a_change_of_the_document(
    settings: Settings, build: Build, open_fake: Callable[[], Assistant]
) -> None:
    """The next build takes it up, though the text is the same; a broken one fails that file and
    no other."""
    folder = settings.documents
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT, "utf-8")
    (folder / "b.txt").write_text("成都市奖励办法\n第一条　奖励。\n第二条　完。\n", "utf-8")
    assert build().files_added == 2
    (folder / "a.toml").write_text('region = "宁波市"\n', "utf-8")
    report = build()
    assert (report.files_changed, report.files_unchanged, report.files_failed) == (1, 1, {})
    assert {d.region for d in open_fake().documents} == {"宁波市", "成都市"}
    (folder / "a.toml").write_text("region = 1\n", "utf-8")
    assert "a.toml" in build().files_failed["a.txt"]
    assert {d.region for d in open_fake().documents} == {"成都市"}
    (folder / "a.toml").unlink()
    assert build().files_failed == {}
