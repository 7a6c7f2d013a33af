"""The embedding of sentence-transformers, with a tiny model that the test builds: no download. Needs the extra."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from memory.vectors.embedding import GRID
from memory.vectors.sentences import SentenceEmbedding
from scenarios.errors import ModelUnavailable

WORDS = [
    "the",
    "a",
    "kettle",
    "leaks",
    "night",
    "train",
    "is",
    "late",
    "bread",
    "for",
    "breakfast",
    "coat",
    "bell",
    "map",
    "returns",
    "order",
    "shop",
    "parcel",
]
RANDOM = random.Random(3)
TEXTS = [" ".join(RANDOM.choices(WORDS, k=length)) for length in (1, 3, 9, 40, 2, 17, 5)]


def bert(folder: Path) -> Path:
    """A random BERT of two layers, whose attention would see padding if it were not masked."""
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("sentence_transformers")
    import torch
    from sentence_transformers import SentenceTransformer

    try:
        from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    except ImportError:
        from sentence_transformers.models import Pooling, Transformer
    folder.mkdir()
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]), encoding="utf-8")
    torch.manual_seed(1)
    config = transformers.BertConfig(
        vocab_size=5 + len(WORDS), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=64,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(folder / "bert")
    transformers.BertTokenizerFast(vocab=str(vocabulary)).save_pretrained(folder / "bert")
    word = Transformer(str(folder / "bert"))
    SentenceTransformer(modules=[word, Pooling(32)], device="cpu").save(str(folder / "model"))
    return folder / "model"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny model."""
    return bert(tmp_path_factory.mktemp("st") / "made")


@pytest.mark.filterwarnings("ignore")
def test_a_text_has_the_same_vector_alone_and_among_others(model: Path) -> None:
    embedding = SentenceEmbedding(str(model))
    together = embedding.vectors(TEXTS)
    assert together.shape == (len(TEXTS), 32)
    assert np.array_equal(together, np.rint(together))
    assert np.all(np.abs(np.linalg.norm(together, axis=1) - GRID) < 4)
    for place, text in enumerate(TEXTS):
        assert np.array_equal(SentenceEmbedding(str(model)).vectors([text])[0], together[place])
    assert np.array_equal(embedding.vectors(TEXTS[::-1])[::-1], together)
    assert embedding.vectors([]).shape == (0, 32)
    assert not embedding.vectors([" "]).any()


@pytest.mark.filterwarnings("ignore")
def test_a_folder_is_named_by_its_content(model: Path) -> None:
    named = SentenceEmbedding(str(model)).naming
    assert named.name.startswith("sentence-transformers:model sha256:")
    assert named.words == f"embedding.backend=sentence-transformers embedding.model={model}"
    (model / "README.md").write_text("changed", encoding="utf-8")
    assert SentenceEmbedding(str(model)).naming.name != named.name


@pytest.mark.filterwarnings("ignore")
def test_a_run_over_such_a_model_can_be_verified(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from graphs.reembed import main as reembed
    from graphs.run import main as run
    from graphs.verify import main as verify

    monkeypatch.chdir(tmp_path)
    words = ["scenario=chain", "n=4", "llm.backend=scripted", "memory.min_distance=0"]
    own = ["embedding.backend=sentence-transformers", f"embedding.model={model}"]
    assert run([*words, "out=r", *own]) == 0
    assert verify(["out=r"]) == 0
    assert run([*words, "out=other"]) == 2
    assert "python -m graphs.reembed memory.path=runs/memory embedding.backend=wordllama" in capsys.readouterr().err
    assert reembed([]) == 0
    assert run([*words, "out=other", "seed=1"]) == 0
    assert reembed(own) == 0
    assert run([*words, "out=r", "n=5", *own]) == 0


def test_a_folder_that_would_run_code_of_its_own_is_refused(model: Path, tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": "evil.Module"}]))
    with pytest.raises(ModelUnavailable, match=r"would run code of its own \(evil\.Module\)"):
        SentenceEmbedding(str(tmp_path))


@pytest.mark.filterwarnings("ignore")
def test_a_folder_without_a_model_is_told_in_one_line(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"embedding\.model=.*: cannot be loaded"):
        SentenceEmbedding(str(tmp_path)).vectors(["a"])
    with pytest.raises(ModelUnavailable, match=r"embedding\.model=no/such: cannot be loaded"):
        SentenceEmbedding("no/such").vectors(["a"])


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    find: Callable[[str], object] = lambda name: None  # noqa: E731
    monkeypatch.setattr("importlib.util.find_spec", find)
    with pytest.raises(ModelUnavailable, match=r"pip install 'colloquia\[sentence-transformers\]'"):
        SentenceEmbedding("any")
