"""Bytes → text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import EmptyFileError, NotTextError, ReadingError
from assistant.reading.decode import decode

TEXT = "第一条 为了规范跨境电商，对自建独立站的企业给予最高２００万元补贴。\n（一）条件；"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
def test_policy_files_come_in_many_encodings(encoding: str) -> None:
    """Every encoding that policy files come in gives the same text, mark or no mark."""
    assert decode(TEXT.encode(encoding), "t.txt") == TEXT


def test_newlines_are_made_equal() -> None:
    """Windows and old Mac line ends become line feeds."""
    assert decode(b"a\r\nb\rc\n", "t.txt") == "a\nb\nc\n"


@pytest.mark.parametrize("data", [b"", b" \r\n\t", "\ufeff".encode()])
def test_an_empty_file_is_refused(data: bytes) -> None:
    """A file without any text gives an error that names it."""
    with pytest.raises(EmptyFileError, match=r"t\.txt"):
        decode(data, "t.txt")


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 40,
        b"\x89PNG\r\n\x1a\n" + b"\x00\x01\x02\xff" * 200,
        b"PK\x03\x04" + bytes(300),
        b"\xff\xfeA",  # half a UTF-16 character
    ],
)
def test_bytes_that_are_no_text_are_refused(data: bytes) -> None:
    """A picture or an archive with the ending .txt is an error, not a heap of signs."""
    with pytest.raises(NotTextError, match="Save it as UTF-8"):
        decode(data, "t.txt")


@given(st.binary(max_size=400))
def test_any_bytes_give_text_or_a_reading_error(data: bytes) -> None:
    """No bytes make decoding fail in another way."""
    try:
        text = decode(data, "t.txt")
    except ReadingError:
        return
    assert "\r" not in text
    assert text.strip()


@given(st.text(min_size=1, max_size=300).filter(lambda t: t.strip() and t.isprintable()))
def test_utf8_is_always_read_as_utf8(text: str) -> None:
    """Whatever is printable and valid UTF-8 comes back as it was."""
    if text.strip("\ufeff").strip():
        assert decode(text.encode(), "t.txt") == text.lstrip("\ufeff")
