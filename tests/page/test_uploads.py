"""Uploads: what comes in, what does not, and that nothing leaves the folder or is lost."""

from __future__ import annotations

import errno
import http.client
import io
import os
import re
import select
import stat
import threading
import time
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from assistant import Settings
from assistant.errors import ReadingError
from assistant.page.library import Library
from assistant.page.library.folder import Folder
from assistant.page.library.names import MAX_BYTES, check_name
from assistant.page.library.reader import BoundedReader
from assistant.page.library.refusals import REFUSALS, RefusedError
from assistant.page.library.uploads import router
from assistant.reading import FORMATS, ending, is_document_name
from tests.conftest import HANGZHOU, Build, Open, examples, free_port

NINGBO = HANGZHOU.replace("杭州", "宁波").encode()
OTHER = NINGBO.replace(b"200", b"300")


@pytest.fixture(scope="module")
def reader() -> Iterator[BoundedReader]:
    """One reading process for all tests."""
    opened = BoundedReader()
    yield opened
    opened.close()


Door = Callable[..., TestClient]


@pytest.fixture
def door(
    settings: Settings, library: Path, build: Build, open_fake: Open, reader: BoundedReader
) -> Door:
    """The routes over the folder with two files; who has the header ``guest`` may not edit."""

    def may_edit(request: Request) -> bool:
        return "guest" not in request.headers

    def open_(**limits: Any) -> TestClient:
        report = build()
        app = FastAPI()
        shown = Library(open_fake(), settings, report)
        limits.setdefault("reader", reader)
        app.include_router(router(shown, settings, may_edit, **limits))
        return TestClient(app)

    return open_


Served = Callable[..., int]


@pytest.fixture
def served(door: Door) -> Iterator[Served]:
    """The same routes by a real server, where bodies are streams; gives its port."""
    started: list[tuple[uvicorn.Server, threading.Thread]] = []

    def serve(**limits: Any) -> int:
        port = free_port()
        config = uvicorn.Config(door(**limits).app, port=port, log_level="critical")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        started.append((server, thread))
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        return port

    yield serve
    for server, thread in started:
        server.should_exit = True
        thread.join(timeout=30)


def _inside(folder: Path) -> dict[str, bytes]:
    """Every file below the folder, hidden ones too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _read(folder: Path) -> set[str]:
    """The files that are no hidden ones."""
    return {name for name in _inside(folder) if not name.startswith(".")}


BOTH = {"hangzhou.txt", "chengdu.txt"}


def test_a_file_comes_in_and_the_answer_says_what_it_holds(door: Door, library: Path) -> None:
    """201, the documents with their clauses, what was left out; the bytes are those that were
    sent, readable as any other file of the folder, and nothing else stays."""
    sent = "来源：某网站\n".encode() + NINGBO
    answer = door().put("/documents/宁波政策.txt", content=sent)
    assert answer.status_code == 201
    assert answer.json() == {
        "status": "added",
        "name": "宁波政策.txt",
        "documents": [
            {"name": "《宁波市独立站扶持政策》", "part": "正文", "place": "宁波市", "clauses": 2}
        ],
        "clauses": 2,
        "left_out": [{"reason": "source", "said": "来源和发布时间", "pieces": 1, "characters": 6}],
    }
    path = library / "宁波政策.txt"
    assert path.read_bytes() == sent
    usual = stat.S_IMODE((library / "hangzhou.txt").stat().st_mode)
    assert stat.S_IMODE(path.stat().st_mode) == usual
    assert set(_inside(library)) == BOTH | {"宁波政策.txt"}


def test_the_same_bytes_again_change_nothing(door: Door, library: Path) -> None:
    """A second upload of the same is no conflict and no replacement."""
    client = door()
    client.put("/documents/n.txt", content=NINGBO)
    for query in ("", "?replace=true"):
        answer = client.put(f"/documents/n.txt{query}", content=NINGBO)
        assert (answer.status_code, answer.json()["status"]) == (200, "unchanged")
    assert not (library / ".removed").exists()


def test_a_name_that_is_there_is_replaced_only_where_that_is_wanted(
    door: Door, library: Path
) -> None:
    """409 leaves all as it is; with replace=true the new file stands there and the old one is
    kept, byte for byte, where the answer says."""
    client = door()
    before = (library / "hangzhou.txt").read_bytes()
    answer = client.put("/documents/hangzhou.txt", content=NINGBO)
    assert answer.status_code == 409
    assert answer.json() == {
        "detail": "已有同名文件“hangzhou.txt”。", "reason": "exists", "name": "hangzhou.txt"
    }  # fmt: skip
    assert (library / "hangzhou.txt").read_bytes() == before
    answer = client.put("/documents/hangzhou.txt?replace=true", content=NINGBO)
    assert (answer.status_code, answer.json()["status"]) == (200, "replaced")
    assert (library / "hangzhou.txt").read_bytes() == NINGBO
    assert (library / answer.json()["kept"]).read_bytes() == before
    assert answer.json()["kept"].startswith(".removed/")
    again = client.put("/documents/hangzhou.txt?replace=true", content=OTHER)
    assert again.json()["kept"] != answer.json()["kept"]
    assert (library / again.json()["kept"]).read_bytes() == NINGBO


def test_what_was_replaced_or_removed_is_not_read(door: Door, library: Path, build: Build) -> None:
    """Neither kept files nor uploads that are under way are documents of the library."""
    client = door()
    client.put("/documents/hangzhou.txt?replace=true", content=NINGBO)
    client.delete("/documents/chengdu.txt")
    (library / ".incoming").mkdir(exist_ok=True)
    (library / ".incoming" / "half.txt").write_bytes(OTHER)
    report = build()
    assert (report.files_changed, report.files_removed, report.files_added) == (1, 1, 0)
    assert report.clauses == 2


def test_removing_keeps_the_file_and_what_is_said_of_it(
    door: Door, library: Path, build: Build
) -> None:
    """The file and its sidecars go to .removed/; a sidecar that another file shares stays."""
    for name in ("hangzhou.toml", "hangzhou.txt.toml"):
        (library / name).write_text('region = "杭州市"\n', "utf-8")
    client = door()
    answer = client.delete("/documents/hangzhou.txt")
    assert answer.status_code == 200
    kept = (library / answer.json()["kept"]).parent
    assert {path.name for path in kept.iterdir()} == {
        "hangzhou.txt", "hangzhou.toml", "hangzhou.txt.toml"
    }  # fmt: skip
    assert _read(library) == {"chengdu.txt"}
    (library / "chengdu.md").write_bytes(NINGBO)
    (library / "chengdu.toml").write_text("", "utf-8")
    client.delete("/documents/chengdu.txt")
    assert _read(library) == {"chengdu.md", "chengdu.toml"}


def test_the_last_file_stays(door: Door, library: Path) -> None:
    """A library without a file could not be built; one that can't be read is no reason to let the
    last readable one go, and may itself be removed."""
    client = door()
    (library / "scan.jpg").write_bytes(b"x")
    assert client.delete("/documents/hangzhou.txt").status_code == 200
    answer = client.delete("/documents/chengdu.txt")
    assert (answer.status_code, answer.json()["reason"]) == (409, "last")
    assert client.delete("/documents/scan.jpg").status_code == 200
    assert _read(library) == {"chengdu.txt"}


def test_only_documents_of_the_index_are_served(door: Door, library: Path) -> None:
    """The original file, as a download that no browser runs; sidecars, READMEs, kept files and
    what is not built yet are not there."""
    (library / "hangzhou.toml").write_text('region = "杭州市"\n', "utf-8")
    (library / "README.md").write_text("# x\n", "utf-8")
    client = door()
    answer = client.get("/documents/hangzhou.txt")
    assert answer.content == HANGZHOU.encode()
    assert answer.headers["content-disposition"] == 'attachment; filename="hangzhou.txt"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/octet-stream"
    client.put("/documents/hangzhou.txt?replace=true", content=NINGBO)
    kept = next((library / ".removed").rglob("hangzhou.txt")).relative_to(library)
    for name in ("README.md", "hangzhou.toml", kept.as_posix(), "none.txt", "..%2Findex%2Fcurrent"):
        assert client.get(f"/documents/{name}").status_code == 404, name


def test_files_in_folders_are_replaced_removed_and_fetched_but_not_made(
    door: Door, library: Path
) -> None:
    """A relative path is good for a document that is there, and for no other."""
    (library / "nanhu").mkdir()
    (library / "nanhu" / "a b.txt").write_bytes(NINGBO)
    client = door()
    assert client.get("/documents/nanhu/a%20b.txt").content == NINGBO
    assert client.put("/documents/nanhu/new.txt", content=OTHER).json()["reason"] == "name_path"
    answer = client.put("/documents/nanhu/a%20b.txt?replace=true", content=OTHER)
    assert answer.json()["kept"].endswith("/nanhu/a b.txt")
    assert client.delete("/documents/nanhu/a%20b.txt").status_code == 200
    assert _read(library) == BOTH


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "name_empty"),
        ("..%2Fx.txt", "name_path"),
        ("%2e%2e/x.txt", "name_path"),
        ("%2e%2e", "name_path"),
        ("%2Fetc%2Fx.txt", "name_path"),
        ("..%5C..%5Cx.txt", "name_path"),
        ("C%3A%5Cx.txt", "name_path"),
        ("C%3Ax.txt", "name_characters"),
        ("x.txt%3A%3A$DATA", "name_characters"),
        ("a%00.txt", "name_characters"),
        ("a%7F.txt", "name_characters"),
        ("a%E2%80%AEtxt.exe.txt", "name_characters"),
        ("a%E2%80%8B.txt", "name_characters"),
        ("a%FF.txt", "name_characters"),
        ("%3Cimg%20src%3Dx%3E.txt", "name_characters"),
        (".txt", "name_edges"),
        (".hidden.txt", "name_edges"),
        ("a.txt.", "name_edges"),
        ("a.txt%20", "name_edges"),
        ("%20a.txt", "name_edges"),
        ("%E3%80%80a.txt", "name_edges"),
        ("con.txt", "name_reserved"),
        ("AUX.tar.md", "name_reserved"),
        ("lpt1.docx", "name_reserved"),
        ("com%C2%B9.txt", "name_reserved"),
        ("NUL%20.txt", "name_reserved"),
        ("%E7%AD%96" * 90 + ".txt", "name_long"),
        ("README.md", "name_none"),
        ("readme-政策.txt", "name_none"),
        ("~$a.docx", "name_none"),
        ("a.toml", "name_none"),
        ("a.txt.part", "name_none"),
        ("a.exe", "type"),
        ("a", "type"),
        ("a.txt%2E.html", "added"),
        ("a%25%2e%2e%25.txt", "added"),
        ("政策（2025）——“x”、y.txt", "added"),
    ],
)
def test_names(door: Door, library: Path, name: str, reason: str) -> None:
    """A name that could leave the folder, hide, mislead or be another on another system is refused
    with its reason; nothing is written beside the folder."""
    around = set(_inside(library.parent)) - {f"documents/{one}" for one in BOTH}
    client = door()
    answer = client.put(f"/documents/{name}", content=NINGBO)
    if reason == "added":
        assert answer.status_code == 201
        assert answer.json()["name"] in _read(library)
        return
    assert answer.json()["reason"] == reason
    assert answer.status_code == REFUSALS[reason][0]
    assert set(_inside(library)) == BOTH
    outside = {path for path in _inside(library.parent) if not path.startswith("index/")}
    assert outside == around | {f"documents/{one}" for one in BOTH}


def test_a_name_of_several_lines_reaches_no_route(door: Door, library: Path) -> None:
    """A line break ends the path for the router."""
    assert door().put("/documents/a%0A.txt", content=NINGBO).status_code == 404
    assert set(_inside(library)) == BOTH


def test_names_that_look_alike_do_not_overwrite_each_other(door: Door, library: Path) -> None:
    """Names that differ in case, in width or in how a character is composed are one name on some
    systems: the second is refused, and told the first."""
    client = door()
    composed, apart = "caf\u00e9 Ａ.txt", unicodedata.normalize("NFD", "café Ａ.txt")
    assert client.put(f"/documents/{composed}", content=NINGBO).status_code == 201
    for name in (apart, composed.upper(), "café A.txt", "CAFÉ a.TXT"):
        for query in ("", "?replace=true"):
            answer = client.put(f"/documents/{name}{query}", content=OTHER)
            assert (answer.status_code, answer.json()["reason"]) == (409, "alike"), name
            assert answer.json()["name"] == composed
    assert _read(library) == BOTH | {composed}
    assert (library / composed).read_bytes() == NINGBO


def test_a_name_that_is_composed_apart_is_stored_composed(door: Door, library: Path) -> None:
    """MacOS takes names apart; the folder holds them as others write them."""
    apart = unicodedata.normalize("NFD", "é.txt")
    answer = door().put(f"/documents/{apart}", content=NINGBO)
    assert answer.json()["name"] == unicodedata.normalize("NFC", apart)
    assert _read(library) == BOTH | {unicodedata.normalize("NFC", apart)}


@pytest.mark.fuzz
@given(
    st.builds(
        lambda head, tail: head + tail,
        st.text(st.sampled_from("./\\:~$ \0\n%C政é\u0301\u202eＡacon1"), max_size=20) | st.text(),
        st.sampled_from(["", ".txt", ".TXT", ".md.", ".docx ", ".toml"]),
    )
)
@hypothesis.settings(max_examples=examples(300))
def test_a_name_that_is_taken_is_one_name_in_the_folder(name: str) -> None:
    """Whatever is sent: it is refused, or it is a plain file of this folder, visible, with an ending
    that is read, and the same when it is sent again."""
    try:
        taken = check_name(name)
    except RefusedError:
        return
    assert Path("/folder", taken).resolve() == Path("/folder") / taken
    assert "/" not in taken
    assert "\\" not in taken
    assert not taken.startswith(".")
    assert taken == taken.strip().rstrip(".")
    assert is_document_name(taken)
    assert ending(taken) in FORMATS
    assert not {"Cc", "Cf", "Cs", "Zl", "Zp"} & {unicodedata.category(char) for char in taken}
    assert len(taken.encode()) <= MAX_BYTES
    assert check_name(taken) == taken


def test_the_longest_name_leaves_room_for_its_sidecar() -> None:
    """A name at the limit passes; systems take 255 bytes, and NAME.toml is five longer."""
    assert check_name("a" * (MAX_BYTES - 4) + ".txt")
    assert MAX_BYTES + len(".toml") <= 255
    with pytest.raises(RefusedError):
        check_name("a" * (MAX_BYTES - 3) + ".txt")


def test_links_lead_nowhere(door: Door, library: Path, tmp_path: Path) -> None:
    """A link in the folder is replaced and removed itself; what it points to is neither written
    nor served, and a folder that is a link is not entered."""
    outside = tmp_path / "outside"
    outside.mkdir()
    secret = outside / "secret.txt"
    secret.write_bytes(OTHER)
    (library / "link.txt").symlink_to(secret)
    (library / "sub").symlink_to(outside)
    (library / "dangling.txt").symlink_to(outside / "new.txt")
    client = door()
    assert client.get("/documents/link.txt").status_code == 404
    assert client.get("/documents/sub/secret.txt").status_code == 404
    assert client.put("/documents/sub/secret.txt?replace=true", content=NINGBO).status_code == 400
    assert client.put("/documents/sub/new.txt", content=NINGBO).status_code == 400
    assert client.delete("/documents/sub/secret.txt").status_code == 404
    for name in ("link.txt", "dangling.txt"):
        answer = client.put(f"/documents/{name}?replace=true", content=NINGBO)
        assert answer.json()["status"] == "replaced"
        assert not (library / name).is_symlink()
        assert (library / name).read_bytes() == NINGBO
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == {"secret.txt": OTHER}


@pytest.mark.parametrize("hidden", [".incoming", ".removed"])
def test_a_hidden_folder_that_is_a_link_is_not_used(
    door: Door, library: Path, tmp_path: Path, hidden: str
) -> None:
    """What is received or kept would else be written outside."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (library / hidden).symlink_to(outside)
    answer = door().put("/documents/hangzhou.txt?replace=true", content=NINGBO)
    assert (answer.status_code, answer.json()["reason"]) == (409, "outside")
    assert list(outside.iterdir()) == []
    assert (library / "hangzhou.txt").read_bytes() == HANGZHOU.encode()


def test_a_link_that_is_in_the_index_is_served_only_from_inside(
    door: Door, library: Path, tmp_path: Path
) -> None:
    """A document that was exchanged for a link to another file of the machine is not given away."""
    client = door()
    outside = tmp_path / "secret.txt"
    outside.write_bytes(OTHER)
    (library / "chengdu.txt").unlink()
    (library / "chengdu.txt").symlink_to(outside)
    answer = client.get("/documents/chengdu.txt")
    assert answer.status_code == 409
    assert "secret" not in answer.text


def _bomb() -> bytes:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("word/document.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(300):
            part.write(b" " * 1_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bomb.docx", _bomb, r"解压后有 300,000,000 字节，超过 200,000,000"),
        ("broken.docx", lambda: b"PK\x03\x04" + b"x" * 100, "文件已损坏"),
        ("text.docx", lambda: NINGBO, "不是 Word 文件"),
        ("broken.pdf", lambda: b"%PDF-1.7\n" + os.urandom(2_000), "PDF"),
        ("text.pdf", lambda: NINGBO, "文件内容不是 PDF"),
        ("binary.txt", lambda: bytes(range(256)) * 40, "文本"),
        ("empty.txt", lambda: b"", "文件是空的"),
        ("space.md", lambda: b" \n" * 100, "文件"),
        ("deep.html", lambda: b"<div>" * 500_000, "嵌套太深"),
    ],
)
def test_what_cannot_be_read_is_not_taken(
    door: Door, library: Path, name: str, content: Callable[[], bytes], said: str
) -> None:
    """422 with the reader's reason in the visitor's language, without a path of the machine; the
    folder is as it was."""
    client = door()
    answer = client.put(f"/documents/{name}", content=content())
    assert answer.status_code == 422
    assert re.search(said, answer.json()["detail"]), answer.json()
    english = client.put(f"/documents/{name}?language=en", content=content()).json()["detail"]
    assert not re.search("[\u4e00-\u9fff]", english)
    for text in (answer.text, english):
        assert str(library) not in text
        assert ".incoming" not in text
    assert set(_inside(library)) == BOTH


def test_a_sidecar_that_does_not_fit_is_told(door: Door, library: Path) -> None:
    """What would fail in the build fails in the upload."""
    (library / "hangzhou.toml").write_text("[[document]]\n[[document]]\n", "utf-8")
    (library / "hangzhou.toml").rename(library / "n.toml")
    answer = door().put("/documents/n.txt", content=NINGBO)
    assert answer.status_code == 422
    assert ".toml" in answer.json()["detail"]


def test_too_large_a_file_is_refused_by_its_length(door: Door, library: Path) -> None:
    """What says that it is larger than the limit is not received at all."""
    client = door(upload_limit_mb=2)

    answer = client.put("/documents/n.txt", content=NINGBO * 20_000)
    assert (answer.status_code, answer.json()["reason"]) == (413, "large")
    assert "2 MB" in answer.json()["detail"]
    assert set(_inside(library)) == BOTH


def test_a_gigabyte_is_cut_off_where_the_limit_is_passed(served: Served, library: Path) -> None:
    """A body that does not say how long it is ends the upload a little above the limit, long before
    its gigabyte is there; nothing is left behind."""
    connection = http.client.HTTPConnection("127.0.0.1", served(upload_limit_mb=2), timeout=60)
    connection.putrequest("PUT", "/documents/n.txt")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    block = b"10000\r\n" + "策".encode() * 21_845 + b"\n\r\n"
    given = 0
    while given < 1_000_000_000:
        try:
            connection.sock.sendall(block)
        except OSError:  # the server has closed
            break
        given += len(block)
        if select.select([connection.sock], [], [], 0)[0]:
            break  # it has answered
    assert given < 100_000_000  # the limit, and what the system holds between the two
    with suppress(OSError, http.client.HTTPException):
        assert connection.getresponse().status == 413
    connection.close()
    wait = threading.Event()
    for _ in range(100):
        if set(_inside(library)) == BOTH:
            break
        wait.wait(0.05)
    assert set(_inside(library)) == BOTH


def test_an_upload_that_breaks_off_leaves_nothing(served: Served, library: Path) -> None:
    """A visitor who goes in the middle."""
    connection = http.client.HTTPConnection("127.0.0.1", served(), timeout=60)
    connection.putrequest("PUT", "/documents/n.txt")
    connection.putheader("Content-Length", "100000")
    connection.endheaders()
    connection.send(NINGBO)
    wait = threading.Event()
    for _ in range(100):
        if any((library / ".incoming").glob("*")):
            break
        wait.wait(0.05)
    else:
        pytest.fail("nothing was received")
    connection.close()
    for _ in range(100):
        if set(_inside(library)) == BOTH:
            break
        wait.wait(0.05)
    assert set(_inside(library)) == BOTH


def test_a_file_of_just_the_limit_is_taken(door: Door) -> None:
    """The limit is what a file may have."""
    body = NINGBO + b" " * (1_000_000 - len(NINGBO))
    client = door(upload_limit_mb=1)
    assert client.put("/documents/n.txt", content=body).status_code == 201
    assert client.put("/documents/m.txt", content=body + b" ").status_code == 413


def test_of_two_uploads_of_one_name_one_is_the_first(served: Served, library: Path) -> None:
    """At once, without replace: one comes in, the others are told that it is there; nobody's bytes
    are mixed."""
    port = served()
    bodies = [NINGBO.replace(b"200", str(300 + i).encode()) for i in range(6)]
    answers: list[int] = []

    def put(body: bytes) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("PUT", "/documents/n.txt", body)
        answers.append(connection.getresponse().status)
        connection.close()

    threads = [threading.Thread(target=put, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 409, 409, 409, 409, 409]
    assert (library / "n.txt").read_bytes() in bodies
    assert set(_inside(library)) == BOTH | {"n.txt"}


def test_a_full_folder_takes_no_more(door: Door, library: Path) -> None:
    """At the count limit a new file is refused, one in the place of another is not."""
    client = door(max_files=3)
    assert client.put("/documents/n.txt", content=NINGBO).status_code == 201
    answer = client.put("/documents/m.txt", content=NINGBO)
    assert (answer.status_code, answer.json()["reason"]) == (409, "many")
    assert client.put("/documents/n.txt?replace=true", content=OTHER).status_code == 200


class _FullFolder(Folder):
    """A folder on a disk that is full from some size on."""

    def check_space(self, size: int) -> None:
        if size > 100:
            raise RefusedError("space")


def test_a_full_disk_is_told_and_leaves_nothing(
    door: Door, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """507 before a byte is received, and where the disk fills up on the way."""
    from assistant.page.library import uploads

    monkeypatch.setattr(uploads, "Folder", _FullFolder)
    client = door()
    assert client.put("/documents/n.txt", content=NINGBO).status_code == 507
    answer = client.put("/documents/n.txt", content=iter([NINGBO]))  # no length is given
    assert (answer.status_code, answer.json()["reason"]) == (507, "space")
    assert set(_inside(library)) == BOTH


@pytest.mark.parametrize(
    ("number", "status"),
    [(errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EROFS, 500), (errno.EACCES, 500)],
)
def test_what_the_system_refuses_is_told_without_a_path(
    door: Door, library: Path, monkeypatch: pytest.MonkeyPatch, number: int, status: int
) -> None:
    """A disk that is full or read-only: a sentence with the system's reason, no path."""
    client = door()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(library / "n.txt"))

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", refuse)
        patch.setattr(Path, "rename", refuse)
        answer = client.put("/documents/n.txt", content=NINGBO)
        assert answer.status_code == status
        assert str(library) not in answer.text
        assert client.delete("/documents/hangzhou.txt").status_code == status
    assert set(_inside(library)) >= BOTH
    assert _read(library) == BOTH


def test_a_file_system_without_links_serves_as_well(
    door: Door, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where files can't be linked they are moved and copied; the outcome is the same."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "not here")

    monkeypatch.setattr(os, "link", refuse)
    client = door()
    assert client.put("/documents/n.txt", content=NINGBO).status_code == 201
    answer = client.put("/documents/n.txt?replace=true", content=OTHER)
    assert (library / answer.json()["kept"]).read_bytes() == NINGBO
    assert (library / "n.txt").read_bytes() == OTHER


def test_who_may_not_edit_changes_nothing(door: Door, library: Path) -> None:
    """403, in the visitor's language; fetching is free to who is let in."""
    client = door()
    guest = {"guest": "1", "accept-language": "en-GB,en;q=0.9,zh;q=0.5"}
    for answer in (
        client.put("/documents/n.txt", content=NINGBO, headers=guest),
        client.put("/documents/hangzhou.txt?replace=true", content=NINGBO, headers=guest),
        client.delete("/documents/hangzhou.txt", headers=guest),
    ):
        assert answer.status_code == 403
        assert answer.json()["detail"] == "You may not change the library."
    assert client.get("/documents/hangzhou.txt", headers=guest).status_code == 200
    assert set(_inside(library)) == BOTH


def test_another_site_can_not_use_a_visitors_rights(door: Door, library: Path) -> None:
    """A request that a browser says comes from elsewhere is refused, whoever sends it."""
    client = door()
    for site in ("cross-site", "same-site"):
        answer = client.put("/documents/n.txt", content=NINGBO, headers={"sec-fetch-site": site})
        assert answer.json()["reason"] == "elsewhere"
    own = {"sec-fetch-site": "same-origin"}
    assert client.put("/documents/n.txt", content=NINGBO, headers=own).status_code == 201


@pytest.mark.parametrize(
    ("header", "query", "chinese"),
    [
        ("", "", True),
        ("en", "", False),
        ("zh-CN,zh;q=0.9,en;q=0.8", "", True),
        ("fr, en;q=0.7, zh;q=0.3", "", False),
        ("en", "?language=zh", True),
        ("zh", "?language=en", False),
        ("zh;q=x, en;q=0.1", "?language=fr", False),
    ],
)
def test_the_language_of_a_refusal(door: Door, header: str, query: str, chinese: bool) -> None:
    """That which is asked for, or else the browser's, or else the settings'."""
    answer = door().put(
        f"/documents/x.exe{query}", content=b"x", headers={"accept-language": header}
    )
    assert ("不能读取" in answer.json()["detail"]) is chinese


def test_every_refusal_is_said_in_both_languages() -> None:
    """The gaps of a sentence are the same in both, and its status is one of an error."""
    for kind, (status, chinese, english) in REFUSALS.items():
        assert 400 <= status < 600, kind
        assert re.search("[\u4e00-\u9fff]", chinese), kind
        assert not re.search("[\u4e00-\u9fff]", english), kind
        assert set(re.findall(r"{\w+}", chinese)) == set(re.findall(r"{\w+}", english)), kind


def test_reading_is_bounded_in_time_and_memory(tmp_path: Path) -> None:
    """A file that takes too long, or too much memory, costs the reading process and nothing else:
    the next file is read as usual."""
    path = tmp_path / "n"
    path.write_bytes(NINGBO + ("给予补贴" * 1_600_000).encode())
    small = BoundedReader(memory=250_000_000)
    with pytest.raises(RefusedError) as refused:
        small.read(path, "n.txt")
    assert refused.value.kind == "read_memory"
    hasty = BoundedReader(seconds=0.001)
    with pytest.raises(RefusedError) as refused:
        hasty.read(path, "n.txt")
    assert refused.value.kind == "read_long"
    path.write_bytes(NINGBO)
    assert small.read(path, "n.txt").clauses == 2
    for one in (small, hasty):
        one.close()


def test_a_reading_process_that_was_killed_is_started_again(
    tmp_path: Path, reader: BoundedReader
) -> None:
    """By the system, for want of memory, between two files or in the middle of one."""
    path = tmp_path / "n"
    path.write_bytes(NINGBO)
    assert reader.read(path, "n.txt").clauses == 2
    assert reader._process is not None
    reader._process.kill()
    assert reader.read(path, "n.txt").clauses == 2
    with pytest.raises(ReadingError, match=r"^n\.docx: this is no Word file"):
        reader.read(path, "n.docx")


def test_what_a_killed_upload_left_is_removed_in_time(library: Path) -> None:
    """A file of yesterday goes when the page starts; one of now may be another process's."""
    incoming = library / ".incoming"
    incoming.mkdir()
    for name, age in (("old", 90_000), ("new", 10)):
        (incoming / name).write_bytes(b"x")
        at = (incoming / name).stat().st_mtime - age
        os.utime(incoming / name, (at, at))
    Folder(library, max_files=10).tidy()
    assert [path.name for path in incoming.iterdir()] == ["new"]


def test_a_file_whose_name_is_no_text_is_found_by_its_source(door: Door, library: Path) -> None:
    """A Chinese name out of an old zip file, in GB18030: the list shows it as text, and under that
    name it is fetched and removed."""
    raw = os.fsencode(library) + b"/" + "宁波.txt".encode("gb18030")
    try:
        with open(raw, "wb") as file:  # noqa: PTH123 - bytes
            file.write(NINGBO)
    except OSError:
        pytest.skip("this file system takes only names in UTF-8")
    client = door()
    assert client.get("/documents/宁波.txt").content == NINGBO
    assert client.delete("/documents/宁波.txt").status_code == 200
    assert _read(library) == BOTH
