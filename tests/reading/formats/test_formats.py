"""All formats: the same text gives the same clauses, and bad files are named."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from assistant import Assistant, Settings, read_document
from assistant.clauses import read_outline
from assistant.errors import UnsupportedFormatError
from assistant.reading import Extract, parse
from tests.conftest import DOCUMENTS, Build

TEXT = "某市奖励办法\n第一条　企业可以申请奖励。\n第二条　奖励十万元。\n第三条　本办法自2024年1月1日起施行。\n"


def word(text: str) -> bytes:
    """A Word file, a paragraph for each line."""
    document = docx.Document()
    for line in text.split("\n"):
        if line.strip():
            document.add_paragraph(line.strip())
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()


def pdf(*pages: str, password: str = "") -> bytes:
    """A PDF file, a printed line for each line of ``pages``."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=A4, encrypt=password or None)
    for page in pages:
        canvas.setFont("STSong-Light", 14)
        for i, line in enumerate(page.split("\n")):
            canvas.drawString(72, 760 - 28 * i, line)
        canvas.showPage()
    canvas.save()
    return data.getvalue()


def clauses(data: bytes, source: str) -> list[tuple[str, tuple[str, ...], str]]:
    """Number, headings and text of each clause."""
    return [
        (clause.number, clause.path, clause.text)
        for document in parse(data, source).documents
        for clause in read_outline(document).clauses
    ]


@pytest.mark.parametrize("path", sorted(DOCUMENTS.glob("*.txt")), ids=lambda path: path.stem)
def test_a_word_file_gives_the_clauses_of_its_text(path: Path) -> None:
    """Each of the five texts, saved by Word, is cut as it is as text."""
    text = path.read_text("utf-8")
    assert clauses(word(text), "t.docx") == clauses(text.encode(), "t.txt")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_the_encodings_of_text_files(encoding: str) -> None:
    """With or without a byte-order mark, the text is the same."""
    text = (DOCUMENTS / "jiaxing-implementation-plan.txt").read_text("utf-8")
    assert clauses(text.encode(encoding), "t.txt") == clauses(text.encode(), "t.txt")


def test_a_clause_knows_its_page() -> None:
    """In a PDF file the page on which a clause begins; nothing in a file without pages."""
    first, second = (
        "某市奖励办法\n第一条　企业可以申请奖励。\n第二条　奖励十万元。",
        "第三条　每年三月申报。\n第四条　本办法自发布之日起施行。",
    )
    (document,) = parse(pdf(first, second), "t.pdf").documents
    assert [clause.page for clause in read_outline(document).clauses] == [1, 1, 2, 2]
    (document,) = parse(TEXT.encode(), "t.txt").documents
    assert {clause.page for clause in read_outline(document).clauses} == {None}


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("a.doc", r"\.docx"),
        ("a.wps", r"\.docx"),
        ("a.ofd", r"\.pdf"),
        ("a.png", "OCR"),
        ("a.xyz", r"\.txt"),
    ],
)
def test_other_formats_say_what_to_do(tmp_path: Path, name: str, remedy: str) -> None:
    """A format without a reader is refused with the way to one that has."""
    path = tmp_path / name
    path.write_bytes(b"x")
    with pytest.raises(UnsupportedFormatError, match=remedy):
        read_document(path)


def _bomb() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("word/document.xml", "w", force_zip64=True) as part:
            for _ in range(300):
                part.write(b"\0" * 1_000_000)
        archive.writestr("[Content_Types].xml", "<Types/>")
    return data.getvalue()


def test_bad_files_are_reported_and_the_others_are_built(
    settings: Settings, build: Build, open_fake: Callable[[], Assistant], tmp_path: Path
) -> None:
    """No text, broken, with a password, a bomb, too large, a link out of the folder: each stands in
    the report with its reason, and the good files answer."""
    folder = settings.documents
    folder.mkdir()
    (folder / "good.txt").write_text(TEXT, "utf-8")
    (folder / "good.docx").write_bytes(word(TEXT.replace("奖励", "补贴")))
    (folder / "good.pdf").write_bytes(pdf(TEXT.replace("奖励", "资助")))
    (folder / "good.html").write_text(
        f"<body><p>{TEXT.replace('奖励', '扶持').replace(chr(10), '<p>')}", "utf-8"
    )
    (folder / "noise.txt").write_bytes(os.urandom(4_000))
    (folder / "empty.md").write_bytes(b"")
    (folder / "blank.html").write_text("<body></body>")
    (folder / "broken.docx").write_bytes(word(TEXT)[:2_000])
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\n" + os.urandom(500))
    (folder / "locked.pdf").write_bytes(pdf(TEXT, password="geheim"))
    (folder / "bomb.docx").write_bytes(_bomb())
    with (folder / "large.txt").open("wb") as file:
        file.truncate(300_000_000)
    outside = tmp_path / "outside.txt"
    outside.write_text(TEXT, "utf-8")
    (folder / "link.txt").symlink_to(outside)
    report = build()
    assert report.files_added == 4
    says = {
        "noise.txt": "no text|binary",
        "empty.md": "empty",
        "blank.html": "no text",
        "broken.docx": "broken.docx",
        "broken.pdf": "broken.pdf",
        "locked.pdf": "password",
        "bomb.docx": "unpack|large|limit",
        "large.txt": "limit",
        "link.txt": "out of the documents folder",
    }
    assert set(report.files_failed) == set(says)
    for name, words in says.items():
        assert any(word in report.files_failed[name] for word in words.split("|")), name
    sources = {document.source for document in open_fake().documents}
    assert sources == {"good.txt", "good.docx", "good.pdf", "good.html"}


def test_what_was_extracted_is_not_extracted_again(
    settings: Settings, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A PDF file that did not change, moved even, is taken from the index when others change; a
    full build reads it anew."""
    from assistant.reading.formats import pdf as module

    folder = settings.documents
    folder.mkdir()
    (folder / "a.pdf").write_bytes(pdf(TEXT))
    (folder / "b.txt").write_text(TEXT.replace("奖励", "补贴"), "utf-8")
    build()
    read: list[str] = []
    once = module.extract

    def extract(data: bytes, source: str) -> Extract:
        read.append(source)
        return once(data, source)

    monkeypatch.setattr(module, "extract", extract)
    (folder / "b.txt").write_text(TEXT.replace("奖励", "资助"), "utf-8")
    (folder / "a.pdf").rename(folder / "c.pdf")
    report = build()
    assert (report.files_added, report.files_changed, report.files_removed) == (1, 1, 1)
    assert read == []
    build(full=True)
    assert read == ["c.pdf"]
