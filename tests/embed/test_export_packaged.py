"""The export of the packaged model, which needs neither torch nor onnx."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from embed import Encoder, ModelError
from embed.cache import measure
from embed.export import exporting
from embed.export.checks import CHECK_TEXTS
from embed.export.packaged import assembling, weights
from embed.export.packaged.weights import all_weights, read_safetensors, write_weights
from embed.model import Model, packaged_folder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TEXTS = [
    *CHECK_TEXTS,
    *(
        line
        for path in sorted((ROOT / "seeds").glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ),
    *(
        json.loads(line)["query"]
        for path in sorted((ROOT / "benchmarks").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ),
]
# What a Python without these packages does with an import of them.
LIGHT = """
import sys
for name in ("torch", "sentence_transformers", "transformers", "onnx"):
    sys.modules[name] = None
"""


def run_light(code: str, cache: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run Python code as if the packages that the light set-up leaves out were not there."""
    return subprocess.run(
        [sys.executable, "-c", LIGHT + code, *arguments],
        cwd=ROOT,
        env={
            "PASSAGE_CACHE": str(cache),
            "PATH": "/usr/bin:/bin",
            "HOME": str(cache.parent),
            "HF_HUB_OFFLINE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def index_light(cache: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return run_light("from index.cli import main\nmain()", cache, *arguments)


def query_light(cache: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return run_light("from query.cli import main\nmain()", cache, *arguments)


def versions_in(cache: Path) -> dict[str, str]:
    """What the only export in a cache was made with."""
    [manifest] = cache.glob("*/manifest.json")
    versions: dict[str, str] = json.loads(manifest.read_bytes())["versions"]
    return versions


@pytest.fixture(scope="module")
def assembled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Encoder]:
    """The packaged model, exported into an empty cache."""
    with pytest.MonkeyPatch.context() as patch:
        cache = tmp_path_factory.mktemp("cache")
        patch.setenv("PASSAGE_CACHE", str(cache))
        encoder = Encoder.load()
        assert "torch" not in versions_in(cache)  # nothing was traced in its place
        yield encoder


def test_the_shipped_graph_is_what_the_script_makes() -> None:
    from embed.export.packaged.making import make_graph

    assert make_graph() == assembling.SHIPPED_GRAPH.read_bytes()


def test_the_shipped_vectors_are_those_of_sentence_transformers() -> None:
    from embed.export.packaged.making import make_vectors

    np.testing.assert_allclose(assembling.shipped_vectors(), make_vectors(), atol=1e-6, rtol=0)


def test_the_vectors_are_those_of_sentence_transformers(assembled: Encoder) -> None:
    reference = SentenceTransformer(str(packaged_folder()), device="cpu")
    expected = reference.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    assert len(TEXTS) > 200
    np.testing.assert_allclose(assembled.encode(TEXTS), expected, atol=1e-5, rtol=0)
    assert (assembled.max_tokens, assembled.runtime) == (reference.max_seq_length, "onnxruntime")
    assert [prompt for prompt, _ in assembled.prompts.roles()] == [""] * 3
    assert not any(reference.prompts.values())


def test_it_is_the_export_by_torch_to_the_last_bit(
    assembled: Encoder, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So exports and indexes that were made before stay as good as new ones."""
    monkeypatch.setattr(Model, "is_packaged", False)
    traced = Encoder.load()
    assert "torch" in versions_in(cache)
    assert np.array_equal(traced.encode(TEXTS), assembled.encode(TEXTS))
    assert traced._runtime.batch_tokens == assembled._runtime.batch_tokens > 0


def test_the_light_set_up_builds_and_asks(cache: Path, tmp_path: Path) -> None:
    index = str(tmp_path / "index")
    built = index_light(cache, "build", "seeds", "--index", index)
    assert (built.returncode, "Indexed 2 articles" in built.stdout) == (0, True), built.stderr
    assert "Preparing the model all-MiniLM-L6-v2" in built.stderr
    asked = query_light(cache, "--index", index, "ceasefire terms")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert "remorseless" in asked.stdout
    verified = index_light(cache, "verify", "--index", index)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_the_light_set_up_says_what_another_model_needs(cache: Path, tmp_path: Path) -> None:
    for arguments, needs in [
        (["--model", "nobody/nothing"], "torch, sentence-transformers and onnx"),
        (["--precision", "int8"], "onnx"),
    ]:
        index = str(tmp_path / "index")
        refused = index_light(cache, "build", "seeds", "--index", index, *arguments)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr.count("\n") == 1
        assert f" needs {needs}, which the light set-up leaves out: pip install " in refused.stderr


def test_8_bit_weights_need_onnx_and_no_torch(assembled: Encoder, cache: Path) -> None:
    code = (
        "del sys.modules['onnx']\n"
        "from embed import Encoder\n"
        "encoder = Encoder.load(precision='int8')\n"
        "print(*encoder.encode(['ceasefire terms'])[0])\n"
    )
    done = run_light(code, cache)
    assert (done.returncode, done.stderr) == (0, "")
    vector = np.array([float(value) for value in done.stdout.split()])
    assert 0.95 < vector @ assembled.encode(["ceasefire terms"])[0] < 0.9999


def test_a_copy_of_the_packaged_model_needs_no_torch_either(cache: Path, tmp_path: Path) -> None:
    shutil.copytree(packaged_folder(), tmp_path / "copy")
    code = "from embed import Encoder\nprint(Encoder.load(sys.argv[1]).name)"
    done = run_light(code, cache, str(tmp_path / "copy"))
    assert (done.stdout, done.stderr) == (f"{tmp_path / 'copy'}\n", "")


def test_a_query_that_prepares_the_model_says_so_and_the_library_does_not(
    cache: Path, tmp_path: Path
) -> None:
    index = str(tmp_path / "index")
    library = "from query import Retriever\nlen(Retriever.open(sys.argv[1]))"
    index_light(tmp_path / "other", "build", "seeds", "--index", index)
    assert not cache.exists()
    first, second = (query_light(cache, "--index", index, "ceasefire terms") for _ in range(2))
    assert first.stderr == "Preparing the model all-MiniLM-L6-v2 (once, a second or two) ...\n"
    assert second.stderr == ""
    assert first.stdout == second.stdout != ""
    silent = run_light(library, tmp_path / "third", index)
    assert (silent.returncode, silent.stdout, silent.stderr) == (0, "", "")
    assert [*(tmp_path / "third").iterdir()]


def test_an_export_is_announced_once_and_before_it_is_made(cache: Path) -> None:
    announced: list[tuple[str, bool]] = []
    for _ in range(2):
        Encoder.load(on_export=lambda model: announced.append((model.name, cache.exists())))
    assert announced == [("all-MiniLM-L6-v2", False)]


def test_a_graph_with_other_vectors_is_not_kept(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The full set-up traces the model then; the light one says why it cannot be used."""
    others = np.roll(assembling.shipped_vectors(), 1, axis=0)
    monkeypatch.setattr(exporting, "shipped_vectors", lambda: others)
    traced: list[str] = []

    def write_traced(_: Path, model: Model, __: str) -> None:
        traced.append(model.name)
        raise ModelError("stop here")

    monkeypatch.setattr(exporting, "_write_traced", write_traced)
    with pytest.raises(ModelError, match="stop here"):
        Encoder.load()
    assert traced == ["all-MiniLM-L6-v2"]
    monkeypatch.setattr(exporting, "missing_packages", lambda _: ["torch"])
    with pytest.raises(ModelError, match="with this ONNX Runtime, since its graph's vectors dif"):
        Encoder.load()
    assert traced == ["all-MiniLM-L6-v2"]
    assert [*cache.iterdir()] == []


@pytest.mark.parametrize("place", [0, 10_000_000, 60_000_000, -1])
def test_a_bit_that_is_written_wrong_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    """The texts of the check would not tell: few of the words are in them."""

    def measured(path: Path) -> tuple[int, str] | None:
        content = np.memmap(path, dtype=np.uint8, mode="r+")
        content[place] ^= 1
        content.flush()
        return measure(path)

    write_weights(packaged_folder() / "model.safetensors", tmp_path / "weights.bin")
    monkeypatch.setattr(weights, "measure", measured)
    with pytest.raises(ModelError, match="not written as they should be"):
        write_weights(packaged_folder() / "model.safetensors", tmp_path / "weights.bin")


def saved(folder: Path, header: bytes, content: bytes = b"\0" * 64) -> Path:
    path = folder / "model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + content)
    return path


def entry(dtype: str = "F32", shape: tuple[int, ...] = (4, 2), end: int = 32) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [0, end]}


def test_tensors_are_read_as_the_library_of_the_format_reads_them(tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    random = np.random.default_rng(3)
    made: dict[str, NDArray[Any]] = {
        f"tensor {n}": random.random((n, 3), dtype=np.float32) for n in range(1, 5)
    }
    others: dict[str, NDArray[Any]] = {"whole": np.arange(5), "half": np.ones(3, np.float16)}
    save_file(made | others, tmp_path / "model.safetensors", metadata={"format": "np"})
    found = read_safetensors(tmp_path / "model.safetensors")
    expected = load_file(tmp_path / "model.safetensors")
    assert found.keys() == made.keys()
    for name, tensor in found.items():
        assert np.array_equal(tensor, expected[name])
    packaged = packaged_folder() / "model.safetensors"
    real, theirs = read_safetensors(packaged), load_file(packaged)
    assert all(np.array_equal(real[name], theirs[name]) for name in real)
    assert theirs.keys() - real.keys() == {"embeddings.position_ids"}


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps({"a": entry(end=28)}).encode(),
        json.dumps({"a": entry(shape=(4, 3))}).encode(),
        json.dumps({"a": entry(shape=(1 << 40, 1 << 40), end=1 << 50)}).encode(),
        json.dumps({"a": {"dtype": "F32"}}).encode(),
        json.dumps({"a": 7}).encode(),
    ],
)
def test_a_damaged_safetensors_file_is_refused(tmp_path: Path, header: bytes) -> None:
    with pytest.raises(ModelError, match="cannot be read as safetensors") as refusal:
        read_safetensors(saved(tmp_path, header))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("size", [0, 7, 8, 100])
def test_a_truncated_safetensors_file_is_refused(tmp_path: Path, size: int) -> None:
    whole = (packaged_folder() / "model.safetensors").open("rb").read(size)
    (tmp_path / "model.safetensors").write_bytes(whole)
    with pytest.raises(ModelError, match="cannot be read as safetensors"):
        read_safetensors(tmp_path / "model.safetensors")


def test_a_tensor_that_is_missing_is_refused(tmp_path: Path) -> None:
    missing = saved(tmp_path, json.dumps({"a": entry()}).encode())
    with pytest.raises(ModelError, match=r"has no tensor 'embeddings\.word_embeddings\.weight'"):
        write_weights(missing, tmp_path / "weights.bin")


def test_the_weights_lie_in_their_file_as_the_graph_says(tmp_path: Path) -> None:
    import onnx

    write_weights(packaged_folder() / "model.safetensors", tmp_path / "weights.bin")
    (tmp_path / "model.onnx").write_bytes(assembling.SHIPPED_GRAPH.read_bytes())
    graph = onnx.load(tmp_path / "model.onnx").graph
    found = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    source = read_safetensors(packaged_folder() / "model.safetensors")
    for weight in all_weights():
        parts = [
            source[name].T if weight.is_transposed else source[name] for name in weight.sources
        ]
        assert np.array_equal(found[weight.name], np.concatenate(parts, axis=-1)), weight.name
    read = {tensor for node in graph.node for tensor in node.input}
    assert found.keys() <= read
    unread = source.keys() - {name for weight in all_weights() for name in weight.sources}
    assert unread == {"pooler.dense.weight", "pooler.dense.bias"}
