"""Which files are documents, and how a file is read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from assistant import read_document
from assistant.errors import (
    AssistantError,
    EmptyFileError,
    NoDocumentsError,
    ReadingError,
    UnsupportedFormatError,
)
from assistant.reading import files, find_files
from assistant.reading.files import is_document_name

ARTICLE = "第一条 企业可以申请补贴。\n第二条 补贴不超过十万元。\n"


@pytest.mark.parametrize(
    "name", ["README.md", "readme.txt", "README.zh-CN.md", "a.toml", ".a.txt", "~$a.docx", "a.txt~"]
)
def test_some_files_are_never_documents(name: str) -> None:
    """READMEs, settings, hidden and leftover files are no documents."""
    assert not is_document_name(name)


def test_files_are_found_below_the_folder_in_order(tmp_path: Path) -> None:
    """Sources are paths below the folder with forward slashes, sorted; hidden folders are left."""
    for name in ("b.txt", "a/c.md", "a/b.txt", ".git/x.txt", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [source for source, _ in find_files(tmp_path)] == ["a/b.txt", "a/c.md", "b.txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know no such names")
def test_names_out_of_a_chinese_zip_file_are_read(tmp_path: Path) -> None:
    """A name in GB18030 is shown as what it says; one that is nothing is shown by its bytes."""
    for name in ("政策".encode("gb18030") + b".txt", b"\xff\xff.txt"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("第一条 补贴。", "utf-8")
    assert [source for source, _ in find_files(tmp_path)] == ["\\xff\\xff.txt", "政策.txt"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """No documents folder: the error says which and what to do."""
    with pytest.raises(NoDocumentsError, match="nowhere"):
        list(find_files(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda p: p.write_bytes(b""), EmptyFileError),
        (lambda p: p.mkdir(), ReadingError),
        (lambda p: p.symlink_to(p.with_name("gone")), ReadingError),
        (lambda p: None, ReadingError),
        (lambda p: p.write_bytes(b"\x00\x01" * 500), ReadingError),
    ],
)
def test_what_can_not_be_read_gives_one_clear_error(
    tmp_path: Path, make: object, expected: type[AssistantError]
) -> None:
    """Empty file, folder, dead link, missing file, binary file: an error with the file's name."""
    path = tmp_path / "policy.txt"
    make(path)  # type: ignore[operator]
    with pytest.raises(expected, match=r"policy\.txt"):
        read_document(path)


def test_an_unknown_ending_names_those_that_can_be_read(tmp_path: Path) -> None:
    """A file of another kind is refused with the kinds that work."""
    path = tmp_path / "policy.xyz"
    path.write_bytes(b"%PDF-1.7")
    with pytest.raises(UnsupportedFormatError, match=r"\.txt, \.md, .*\.pdf"):
        read_document(path)


def test_a_huge_file_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file above the limit is refused by its size alone."""
    monkeypatch.setattr(files, "MAX_BYTES", 1_000)
    path = tmp_path / "policy.txt"
    path.write_text(ARTICLE * 100)
    with pytest.raises(ReadingError, match="the limit is 1,000"):
        read_document(path)


def test_a_file_without_permission_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that may not be read is an error that says so (root may read all, so it is told no)."""
    path = tmp_path / "policy.txt"
    path.write_text(ARTICLE)

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ReadingError, match="Permission denied.*Check its permissions"):
        read_document(path)


def test_read_document_takes_the_file_name_as_source(tmp_path: Path) -> None:
    """Called alone, the source is the file's name and the text is the decoded file."""
    path = tmp_path / "政策.txt"
    path.write_bytes(ARTICLE.encode("gb18030"))
    (document,) = read_document(str(path))
    assert document.source == "政策.txt"
    assert document.text == ARTICLE
    assert document.title == "政策"
