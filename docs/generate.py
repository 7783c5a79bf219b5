"""Writes the reference pages of ``docs/`` from the program itself: ``python docs/generate.py``."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from assistant.cli import app
from assistant.settings import SETTINGS_FILE, Settings

HERE = Path(__file__).parent
_ORIGIN = "Written by `python docs/generate.py` from the program itself; a test compares them.\n"


def commands() -> str:
    """The help of the program and of each command, in Markdown."""
    parts = ["# The command line\n", _ORIGIN]
    for arguments in _calls():
        title = " ".join(("assistant", *arguments))
        shown = CliRunner().invoke(
            app, [*arguments, "--help"], prog_name="assistant", env={"COLUMNS": "88"}
        )
        parts.append(f"## {title}\n\n```text\n{shown.output.strip()}\n```\n")
    return "\n".join(parts)


def _calls() -> list[list[str]]:
    """The program itself, each command, and each group with its commands."""
    calls: list[list[str]] = [[]] + [
        [c.callback.__name__] for c in app.registered_commands if c.callback
    ]
    for group in app.registered_groups:
        assert group.name is not None
        assert group.typer_instance is not None
        inner = group.typer_instance.registered_commands
        calls += [[group.name], *([group.name, command.name or ""] for command in inner)]
    return calls


def settings() -> str:
    """Each setting with its default and meaning, in Markdown."""
    lines = [
        "# Settings\n",
        _ORIGIN,
        f"Defaults < `{SETTINGS_FILE}` in the folder where the program is started < environment <",
        "arguments. A name that does not exist, or a value out of range, is an error.\n",
        f"| `{SETTINGS_FILE}` | environment | default | meaning |",
        "| --- | --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        plain = ",".join(field.default) if isinstance(field.default, tuple) else field.default
        default = "the user's cache folder" if field.default_factory else f"`{plain}`"
        default = "–" if plain in (None, "") else default
        lines.append(f"| `{name}` | `ASSISTANT_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


PAGES = {"cli.md": commands, "settings.md": settings}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), "utf-8")
