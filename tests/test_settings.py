"""Settings: where they come from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import Settings
from assistant.errors import SettingsError


def test_arguments_go_over_environment_over_file_over_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each source overrides the one before it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSISTANT_THREADS", raising=False)
    assert Settings.load().citations == 3
    (tmp_path / "assistant.toml").write_text("citations = 4\nbatch_size = 8\nthreads = 1\n")
    assert Settings.load().citations == 4
    monkeypatch.setenv("ASSISTANT_CITATIONS", "5")
    monkeypatch.setenv("ASSISTANT_BATCH_SIZE", "9")
    loaded = Settings.load(citations=6)
    assert (loaded.citations, loaded.batch_size, loaded.threads) == (6, 9, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [("citations", 0), ("language", "fr"), ("batch_size", "many"), ("max_question_chars", -1)],
)
def test_a_value_out_of_range_names_the_setting(name: str, value: object) -> None:
    """The error gives the setting, the value and where to correct it."""
    with pytest.raises(SettingsError, match=name) as error:
        Settings.load(**{name: value})
    assert repr(value) in str(error.value)
    assert error.value.exit_status == 2


def test_a_misspelt_setting_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that no setting has is an error, in the environment as in the file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSISTANT_MODLE", "x")
    with pytest.raises(SettingsError, match="ASSISTANT_MODLE"):
        Settings.load()
    monkeypatch.delenv("ASSISTANT_MODLE")
    (tmp_path / "assistant.toml").write_text("modle = 'x'\n")
    with pytest.raises(SettingsError, match="modle"):
        Settings.load()


def test_a_broken_settings_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is no TOML gives one line with the file's name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "assistant.toml").write_text("citations = = 3")
    with pytest.raises(SettingsError, match="assistant.toml"):
        Settings.load()


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfcitations = 3", b"\xff\xfec\x00"])
def test_a_settings_file_in_another_encoding_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    """What Notepad may write is refused with what is expected."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "assistant.toml").write_bytes(content)
    with pytest.raises(SettingsError, match="UTF-8 without a BOM"):
        Settings.load()


def test_folders_have_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder is no folder; ``~`` is the user's own."""
    monkeypatch.setenv("ASSISTANT_INDEX", "")
    with pytest.raises(SettingsError, match="a folder is expected"):
        Settings.load()
    monkeypatch.setenv("ASSISTANT_INDEX", "~/x")
    assert Settings.load().index == Path.home() / "x"


def test_settings_do_not_change() -> None:
    """Settings are immutable."""
    with pytest.raises(Exception, match="frozen"):
        Settings.load().citations = 9
