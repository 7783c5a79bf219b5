"""The adapter: merged into the weights that it is for, and into no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from assistant import Settings
from assistant.errors import ModelBrokenError, ModelMissingError, SettingsError
from assistant.index import adapter as adapters
from assistant.index import bundled
from assistant.index.adapter import Adapter
from assistant.index.encoder import LazyEncoder, adapter_of, fingerprint, load_encoder

BASE = "b" * 64
LAYER = "encoder.layer.0.output.dense"


def weights() -> dict[str, adapters.Array]:
    rng = np.random.default_rng(0)
    return {
        f"{LAYER}.weight": rng.standard_normal((6, 4)).astype(np.float32),
        f"{LAYER}.bias": np.zeros(6, np.float32),
    }


def made(
    path: Path, rank: int = 2, base: str = BASE, layer: str = LAYER, shape: tuple[int, int] = (6, 4)
) -> Adapter:
    """An adapter for :func:`weights`, written to ``path``."""
    rng = np.random.default_rng(1)
    matrices = {
        f"{layer}.A": rng.standard_normal((rank, shape[1])).astype(np.float16),
        f"{layer}.B": rng.standard_normal((shape[0], rank)).astype(np.float16),
    }
    adapter = Adapter.of(path, base, 0.5, matrices)
    adapter.write()
    return adapter


def test_its_product_is_added_to_the_weights(tmp_path: Path) -> None:
    """W becomes W + scale · B A; all else stays; what was given is not changed."""
    adapter = made(tmp_path / "a.safetensors")
    before = weights()
    after = Adapter.read(adapter.path).applied(before, BASE)
    a, b = (adapter.matrices[f"{LAYER}.{part}"].astype(np.float64) for part in "AB")
    expected = weights()[f"{LAYER}.weight"] + 0.5 * b @ a
    assert np.allclose(after[f"{LAYER}.weight"], expected, atol=1e-5)
    assert after[f"{LAYER}.weight"].dtype == np.float32
    assert np.array_equal(after[f"{LAYER}.bias"], before[f"{LAYER}.bias"])
    assert np.array_equal(before[f"{LAYER}.weight"], weights()[f"{LAYER}.weight"])


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_never_used(
    tmp_path_factory: pytest.TempPathFactory, at: int, change: int
) -> None:
    """Whatever byte of a file is another one, the file is refused, or what it says is the same."""
    path = tmp_path_factory.mktemp("byte") / "a.safetensors"
    adapter = made(path)
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= change
    path.write_bytes(data)
    try:
        read = Adapter.read(path)
    except ModelBrokenError as error:
        said = str(error)
    else:
        said = "a.safetensors ASSISTANT_ADAPTER"
        assert read.digest == adapter.digest
    assert "a.safetensors" in said
    assert "ASSISTANT_ADAPTER" in said


def test_an_empty_and_a_cut_off_file_are_refused(tmp_path: Path) -> None:
    """So is a file of safetensors that is no adapter."""
    path = tmp_path / "a.safetensors"
    made(path)
    data = path.read_bytes()
    for some in (b"", data[:20], data[:-1], data + b"x"):
        path.write_bytes(some)
        with pytest.raises(ModelBrokenError, match="damaged"):
            Adapter.read(path)
    save_file({"x": np.zeros(2, np.float32)}, path)
    with pytest.raises(ModelBrokenError, match="no adapter of this program's"):
        Adapter.read(path)
    with pytest.raises(ModelMissingError, match=r"none\.safetensors.*`none`"):
        Adapter.read(tmp_path / "none.safetensors")


@pytest.mark.parametrize(
    ("matrices", "scale", "said"),
    [
        ({}, "1.0", "no matrices"),
        ({"x.A": np.zeros((0, 4), np.float16)}, "1.0", "no matrix in float16"),
        ({"x.A": np.zeros((2, 4), np.float32)}, "1.0", "no matrix in float16"),
        ({"x.C": np.zeros((2, 4), np.float16)}, "1.0", "neither A nor B"),
        ({"x.A": np.full((2, 4), np.nan, np.float16)}, "1.0", "no number"),
        ({"x.A": np.zeros((2, 4), np.float16)}, "nan", "scale"),
        ({"x.A": np.zeros((2, 4), np.float16)}, "much", "scale"),
    ],
)
def test_a_file_that_is_whole_but_senseless_is_refused(
    tmp_path: Path, matrices: dict[str, adapters.Array], scale: str, said: str
) -> None:
    """Its hash is right; what it holds would give vectors that are no numbers, or the plain ones."""
    path = tmp_path / "a.safetensors"
    digest = adapters.digest_of(matrices, BASE, scale)  # type: ignore[arg-type]
    facts = {"format": adapters.FORMAT, "base": BASE, "scale": scale, "sha256": digest}
    save_file(matrices, path, metadata=facts)
    with pytest.raises(ModelBrokenError, match=said):
        Adapter.read(path)


def test_matrices_in_another_precision_are_refused(tmp_path: Path) -> None:
    """Also in one that numpy does not know."""
    import torch
    from safetensors.torch import save_file as save

    path = tmp_path / "a.safetensors"
    save({"x.A": torch.zeros((2, 4), dtype=torch.bfloat16)}, path, {"format": adapters.FORMAT})
    with pytest.raises(ModelBrokenError, match=r"a\.safetensors"):
        Adapter.read(path)


def test_other_weights_are_refused_with_both_hashes(tmp_path: Path) -> None:
    """The error names the hash of the weights that it is for, that of those here, and its own."""
    adapter = made(tmp_path / "a.safetensors", base="c" * 64)
    with pytest.raises(ModelBrokenError, match=f"{adapter.digest[:12]}.*c{{12}}.*b{{12}}"):
        adapter.applied(weights(), BASE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"layer": "encoder.layer.9.output.dense"},
        {"shape": (6, 5)},
        {"shape": (7, 4)},
    ],
)
def test_another_shape_is_refused_with_both_hashes(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    """A layer that is not there, or of another shape: the layer, the shapes and both hashes."""
    adapter = made(tmp_path / "a.safetensors", **wrong)  # type: ignore[arg-type]
    with pytest.raises(ModelBrokenError, match=f"{adapter.digest[:12]}.*b{{12}}.*encoder.layer"):
        adapter.applied(weights(), BASE)


def test_matrices_of_two_ranks_are_refused(tmp_path: Path) -> None:
    """A and B have to have the same rank."""
    matrices = {
        f"{LAYER}.A": np.zeros((2, 4), np.float16),
        f"{LAYER}.B": np.zeros((6, 3), np.float16),
    }
    adapter = Adapter.of(tmp_path / "a.safetensors", BASE, 1.0, matrices)
    with pytest.raises(ModelBrokenError, match=r"\(2, 4\), \(6, 3\), \(6, 4\)"):
        adapter.applied(weights(), BASE)


# the program's own


def test_ours_is_small_and_for_the_bundled_weights() -> None:
    """It is at most four megabytes, for the weights that are bundled, is over them by default, and
    changes the encoder's fingerprint; a setting turns it off."""
    ours = Adapter.read(adapters.STATUTES)
    assert adapters.STATUTES.stat().st_size <= 4_000_000
    assert ours.base == bundled.WEIGHTS_SHA256
    tuned = fingerprint(Settings.load())
    assert tuned == f"{bundled.FINGERPRINT}-{ours.digest[:12]}"
    assert fingerprint(Settings.load(adapter="statutes")) == tuned
    assert fingerprint(Settings.load(precision="int8")).startswith(tuned)
    assert fingerprint(Settings.load(adapter="none")) == bundled.FINGERPRINT


@pytest.mark.model
def test_the_encoder_has_learned_something(cache_dir: Path, tmp_path: Path) -> None:
    """A question's vector is another one than with the plain weights, but near it."""
    tuned = load_encoder(Settings.load(cache_dir=cache_dir))
    plain = load_encoder(Settings.load(cache_dir=tmp_path, adapter="none"))
    texts = ["老板拖着不给工资怎么办？", "离婚以后孩子归谁？"]
    cosines = (tuned.encode_queries(texts) * plain.encode_queries(texts)).sum(1)
    assert (cosines < 0.9999).all()
    assert (cosines > 0.5).all()
    assert tuned.fingerprint != plain.fingerprint


def test_a_bad_adapter_is_named_before_anything_is_loaded(tmp_path: Path, tiny_model: Path) -> None:
    """A file that is missing, damaged or for another model stops at once; the plain weights never
    step in for it."""
    with pytest.raises(ModelMissingError, match="nowhere"):
        LazyEncoder.of(Settings.load(adapter=str(tmp_path / "nowhere")))
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"no matrices")
    with pytest.raises(ModelBrokenError, match="damaged"):
        LazyEncoder.of(Settings.load(adapter=str(bad)))
    with pytest.raises(SettingsError, match="bundled encoder"):
        LazyEncoder.of(Settings.load(adapter=str(bad), model=str(tiny_model)))
    with pytest.raises(SettingsError, match="bundled encoder"):
        LazyEncoder.of(Settings.load(adapter="statutes", model=str(tiny_model)))
    assert adapter_of(Settings.load(model=str(tiny_model))) is None


def test_an_adapter_for_other_weights_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    """Nothing is unpacked for it."""
    foreign = made(tmp_path / "foreign.safetensors")
    settings = Settings.load(adapter=str(foreign.path), cache_dir=tmp_path / "cache")
    with pytest.raises(ModelBrokenError, match=f"b{{12}}.*{bundled.WEIGHTS_SHA256[:12]}"):
        LazyEncoder.of(settings)
    assert not (tmp_path / "cache").exists()


def test_an_encoder_that_changed_meanwhile_is_not_used(tmp_path: Path, tiny_model: Path) -> None:
    """Its vectors would stand under the name of others."""
    encoder = load_encoder(Settings.load(model=str(tiny_model)))
    with pytest.raises(ModelBrokenError, match=f"before.*{encoder.fingerprint}.*again"):
        LazyEncoder("before", lambda: encoder).encode_queries(["补贴"])


def test_ours_damaged_is_never_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody named it, but without it the vectors would be others: by default, too, the program
    stops and names the file."""
    data = bytearray(adapters.STATUTES.read_bytes())
    data[-1] ^= 1
    damaged = tmp_path / "statutes.safetensors"
    damaged.write_bytes(data)
    monkeypatch.setattr(adapters, "STATUTES", damaged)
    for used in (fingerprint, load_encoder):
        with pytest.raises(ModelBrokenError, match=r"statutes\.safetensors"):
            used(Settings.load())
    damaged.unlink()
    with pytest.raises(ModelMissingError, match=r"statutes\.safetensors"):
        fingerprint(Settings.load())
