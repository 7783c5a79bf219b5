"""The encoder in int8: quantised once, near float32, and each vector its text's alone."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from assistant import Settings
from assistant.errors import ExtraMissingError, ModelBrokenError, SettingsError
from assistant.index import load_encoder, quantise
from assistant.index.encoder import LazyEncoder, fingerprint
from assistant.index.int8 import Int8Encoder
from assistant.progress import Progress
from assistant.settings import BUNDLED
from tests.conftest import GOLD, ROOT

pytestmark = pytest.mark.skipif(find_spec("openvino") is None, reason="needs the extra fast")

SHORT = "杭州对自建独立站有什么补贴？"
LONG = "支持企业建设海外仓，按实际投入的百分之二十给予一次性资助，最高不超过二百万元。" * 12
SAID = [SHORT, LONG[:100], LONG[:101], LONG, LONG + SHORT]
TEXTS = [*SAID, "a", "，", "补贴" * 700]


def int8(model: str, cache_dir: Path, **more: object) -> Settings:
    return Settings.load(model=model, cache_dir=cache_dir, precision="int8", **more)


@pytest.fixture(scope="module")
def tiny_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the tiny model is quantised once for the module."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.model
def test_the_bundled_encoder_in_int8_is_near_float32(cache_dir: Path) -> None:
    """The cosine to float32 is at least 0.999, for questions and passages, and 0.99 for what is no
    sentence; and a text has the same vector alone and among others, to the last bit."""
    exact = load_encoder(Settings.load(cache_dir=cache_dir))
    fast = load_encoder(int8(BUNDLED, cache_dir))
    for ours, theirs in (
        (fast.encode_queries(TEXTS), exact.encode_queries(TEXTS)),
        (fast.encode_passages(TEXTS), exact.encode_passages(TEXTS)),
    ):
        cosines = (ours * theirs).sum(axis=1)
        assert cosines[: len(SAID)].min() >= 0.999
        assert cosines.min() >= 0.99
        assert np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
    together = fast.encode_passages(TEXTS * 3)
    for i, text in enumerate(TEXTS):
        alone = fast.encode_passages([text])[0]
        for copy in range(3):
            assert np.array_equal(together[i + copy * len(TEXTS)], alone), text


def test_a_model_folder_of_the_users_own(tiny_model: Path, tiny_cache: Path) -> None:
    """Any folder with a transformer of this kind is quantised, with its own prompts and length."""
    exact = load_encoder(Settings.load(model=str(tiny_model)))
    fast = load_encoder(int8(str(tiny_model), tiny_cache))
    assert fast.dimension == exact.dimension == 32
    assert (fast.encode_queries(TEXTS) * exact.encode_queries(TEXTS)).sum(axis=1).min() >= 0.998
    assert fast.encode_passages([]).shape == (0, 32)
    asked = load_encoder(int8(str(tiny_model), tiny_cache, query_prompt="问："))
    assert np.array_equal(asked.encode_passages([SHORT]), fast.encode_passages([SHORT]))
    assert not np.array_equal(asked.encode_queries([SHORT]), fast.encode_queries([SHORT]))


def test_batches_hold_texts_of_one_length(tiny_model: Path, tiny_cache: Path) -> None:
    """Whatever the batch size and the number of threads, the vectors are the same."""
    one = load_encoder(int8(str(tiny_model), tiny_cache, batch_size=1, threads=1))
    many = load_encoder(int8(str(tiny_model), tiny_cache, batch_size=64, threads=2))
    assert isinstance(many, Int8Encoder)
    texts = [LONG[:n] for n in range(1, 60)]
    assert np.array_equal(one.encode_passages(texts), many.encode_passages(texts))
    batches = list(many._batches([[0] * n for n in (3, 20, 16, 17, 1, 64)]))
    assert batches == [(64, [5]), (32, [1, 3]), (16, [0, 2, 4])]


def test_int8_has_a_fingerprint_of_its_own(tiny_model: Path) -> None:
    """Vectors in int8 are not mixed with those in float32, and prompts still count."""
    settings = int8(str(tiny_model), Path())
    plain = Settings.load(model=str(tiny_model))
    assert fingerprint(settings).startswith(fingerprint(plain) + "-int8-")
    asked = Settings.load(model=str(tiny_model), precision="int8", query_prompt="问：")
    assert fingerprint(asked) != fingerprint(settings)


def test_a_model_is_quantised_once_and_always_alike(
    tiny_model: Path, tiny_cache: Path, tmp_path: Path
) -> None:
    """The second start finds the folder; another cache gets the same files; a damaged folder is
    made again."""
    load_encoder(int8(str(tiny_model), tiny_cache))
    steps: list[Progress] = []
    load_encoder(int8(str(tiny_model), tiny_cache), steps.append)
    assert steps == []
    load_encoder(int8(str(tiny_model), tmp_path), steps.append)
    quantising = [step for step in steps if step.stage == "quantise"]
    assert quantising[0].done == 0
    assert quantising[-1].done == quantising[-1].total
    (first,) = (tiny_cache / "models").glob("*/quantised.json")
    (second,) = (tmp_path / "models").glob("*/quantised.json")
    assert json.loads(first.read_text()) == json.loads(second.read_text())
    (second.parent / "model.bin").write_bytes(b"damaged")
    load_encoder(int8(str(tiny_model), tmp_path))
    assert (second.parent / "model.bin").stat().st_size > 100


def test_without_the_extra_the_command_is_named(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where OpenVINO is not installed the error gives the pip command; nothing else was tried."""
    monkeypatch.setattr(quantise, "find_spec", lambda name: None)
    encoder = LazyEncoder.of(int8(str(tiny_model), tmp_path))
    with pytest.raises(ExtraMissingError, match=r"pip install .*\[fast\]"):
        encoder.encode_queries([SHORT])
    assert not list(tmp_path.iterdir())


def test_what_can_not_be_run_in_int8_is_named(tiny_model: Path, tmp_path: Path) -> None:
    """A graphics card, a model without a fast tokenizer, a folder that is no model of ours."""
    with pytest.raises(SettingsError, match="ASSISTANT_DEVICE"):
        load_encoder(int8(str(tiny_model), tmp_path, device="cuda"))
    with pytest.raises(SettingsError, match="tokenizer.*ASSISTANT_PRECISION=float32"):
        quantise.write_int8_folder(object(), tmp_path)
    with pytest.raises(ModelBrokenError, match="made again"):
        Int8Encoder.open(tmp_path, "", Settings.load(), {})


def test_openvino_reports_nothing() -> None:
    """The package that would report to its makers is never loaded."""
    code = (
        "import sys; from assistant.index.quantise import openvino; openvino().Core; "
        "sys.exit(any(name.startswith('openvino_telemetry.') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_calibration_texts_are_no_test_questions() -> None:
    """What ranges are measured on is not what the evaluation asks."""
    questions = {
        json.loads(line).get("question")
        for path in GOLD.glob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    }
    assert not questions & set(quantise.CALIBRATION.read_text("utf-8").splitlines())
