"""What is written is on the disk before anything points to it."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def sync_tree(folder: Path) -> None:
    """Puts every file below ``folder``, and their names, on the disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("r+b") as file:  # Windows flushes only what is open for writing
                os.fsync(file.fileno())
        else:
            sync_folder(path)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Puts the names in ``folder`` on the disk (Windows keeps them by itself)."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
