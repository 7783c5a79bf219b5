"""Writes ``docs/cli.md`` from the commands themselves: ``python docs/generate.py``."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from assistant.cli import app

TARGET = Path(__file__).parent / "cli.md"


def reference() -> str:
    """The help of the program and of each command, in Markdown."""
    names = [command.callback.__name__ for command in app.registered_commands if command.callback]
    parts = [
        "# The command line\n",
        "Written by `python docs/generate.py` from the commands themselves; a test compares them.\n",
    ]
    for arguments in ([], *([name] for name in names)):
        title = " ".join(("assistant", *arguments))
        shown = CliRunner().invoke(
            app, [*arguments, "--help"], prog_name="assistant", env={"COLUMNS": "88"}
        )
        parts.append(f"## {title}\n\n```text\n{shown.output.strip()}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(reference(), "utf-8")
