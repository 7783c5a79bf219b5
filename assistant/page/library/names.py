"""Which names an uploaded file may have.

A name is judged for every system, not only for this one: a library is copied, unpacked and synced
elsewhere. A file that is in the folder already is addressed by the name that it has, whatever that
is; the rules are for new ones.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import PurePosixPath

from assistant.page.library.refusals import RefusedError
from assistant.reading import FORMATS, ending, is_document_name

MAX_BYTES = 240
"""Of a name in UTF-8. Systems take 255; a sidecar's name is five longer."""
_SEPARATORS = re.compile(r"[/\\]")
_FORBIDDEN = frozenset('<>:"|?*\ufffd')
"""What Windows forbids in names, and what stands for bytes that are no text."""
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of control and directing characters, of halves, and of line breaks: a name
with them shows as another."""
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])$", re.IGNORECASE)


def check_name(name: str) -> str:
    """``name`` as a new file of the folder may bear it, in Unicode's composed form (NFC).

    Raises :class:`RefusedError` for one that it may not bear.
    """
    name = unicodedata.normalize("NFC", name)
    if not name:
        raise RefusedError("name_empty")
    if _SEPARATORS.search(name) or name in (".", ".."):
        raise RefusedError("name_path")
    if bad := [c for c in dict.fromkeys(name) if _is_bad(c)]:
        shown = " ".join(c if c in _FORBIDDEN else f"U+{ord(c):04X}" for c in bad[:5])
        raise RefusedError("name_characters", characters=shown)
    if name != name.strip() or name.startswith(".") or name.endswith("."):
        raise RefusedError("name_edges")
    if _RESERVED.match(name.split(".")[0].rstrip()):
        raise RefusedError("name_reserved", name=name)
    if (size := len(name.encode())) > MAX_BYTES:
        raise RefusedError("name_long", bytes=size, limit=MAX_BYTES)
    if not is_document_name(name):
        raise RefusedError("name_none", name=name)
    if ending(name) not in FORMATS:
        raise RefusedError("type", ending=ending(name)[:20] or "(…)", formats=" ".join(FORMATS))
    return name


def alike(name: str) -> str:
    """What two names share that some systems, or readers, take for one: ``.TXT`` and ``.txt``,
    é in one character or in two."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def is_inside(source: str) -> bool:
    """Whether ``source`` can be the relative path of a file in the folder that is read: it does not
    lead up, and no part of it is hidden."""
    if not source or "\0" in source or source.startswith("/"):
        return False
    if os.name == "nt" and any(char in source for char in "\\:"):
        return False
    parts = source.split("/")
    return PurePosixPath(source).as_posix() == source and not any(
        part.startswith(".") for part in parts
    )


def _is_bad(char: str) -> bool:
    return char in _FORBIDDEN or unicodedata.category(char) in _INVISIBLE
