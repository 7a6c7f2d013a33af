"""curate with a model that says how likely answers are: the figures, what a second session pays, and one line for a mistake."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.models.likelihoods import local, weights
from evaluation.signals.likelihood import Difficulty, whole
from graphs.curate import main
from graphs.curating.likelihoods import asked_pairs
from tests.agents.models.test_likelihoods import deaf, listing
from tests.causal import bigram_gguf, odds_of
from tests.endpoint import Endpoint

ROWS: list[dict[str, Any]] = [
    {"messages": [{"role": "user", "content": f"{place} ?"}, {"role": "assistant", "content": "it is blue"}]}
    for place in range(11)
]
ODD = {"prompt": "name a colour", "completion": "it was blue"}
MUTE = {"text": "neither a question nor an answer"}


def curated(path: Path, endpoint: Endpoint, *words: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and the rows of signals."""
    code = main([f"out={path}", f"llm.base_url={endpoint.url}", "llm.model=bigram", "llm.outage=0.1", *words])
    signals = path.with_name("chats.signals.jsonl")
    return code, [orjson.loads(line) for line in signals.read_bytes().splitlines()] if signals.exists() else []


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    """A file of twelve exchanges and a text."""
    path = tmp_path / "chats.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, [*ROWS, ODD, MUTE])))
    return path


def test_likelihoods_stand_in_the_signals_and_are_paid_once(serve: Callable[..., Endpoint], chats: Path) -> None:
    endpoint = serve(listing)
    code, rows = curated(chats, endpoint, "budget.calls=5")
    assert code == 3
    assert 0 < len(endpoint.asked) <= 5
    code, rows = curated(chats, endpoint, "beyond=3.5", "drop=likelihood")
    assert code == 0
    # Each exchange, and the two different answers alone. What was on its way when the budget ended was kept.
    assert len(endpoint.asked) == 12 + 2
    assert rows[0]["log_likelihood"] == pytest.approx((math.log(0.8) + math.log(0.4)) / 2, abs=1e-6)
    assert rows[0]["ifd"] == 1.0
    assert rows[0]["ifd_unusual"] == 0.0
    assert rows[11]["log_likelihood"] == pytest.approx(math.log(0.05), abs=1e-6)
    assert rows[12]["ifd"] is None
    assert not any("likelihood" in row["doubts"] for row in rows), (
        "behind its first word a bigram model knows no question"
    )
    assert curated(chats, endpoint)[1] == curated(chats, endpoint)[1]
    assert len(endpoint.asked) == 12 + 2


def test_an_endpoint_that_cannot_say_is_a_mistake_in_one_line(
    serve: Callable[..., Endpoint], chats: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert curated(chats, serve(deaf)) == (2, [])
    assert "vLLM does (prompt_logprobs)" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["llm.backend=scripted"], "llm.backend=scripted: no model is behind it; set llm.base_url"),
        (["llm.gguf=nowhere.gguf"], "llm.gguf=nowhere.gguf: cannot be read"),
        (
            ["beyond=3"],
            "beyond: is for likelihoods, which need a model; write llm.base_url=http://… or llm.backend=embedded",
        ),
        (["mask=perhaps"], "mask=perhaps: is yes or no"),
    ],
)
def test_a_mistake_is_one_line(chats: Path, words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"out={chats}", *words]) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert told in line


def test_weights_in_a_file_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("gguf")
    chats = tmp_path / "chats.jsonl"
    chats.write_bytes(
        b"\n".join(orjson.dumps({"prompt": "ab", "completion": answer}) for answer in ("ba", "bac", "ba"))
    )
    words = [f"out={chats}", f"llm.gguf={bigram_gguf(tmp_path / 'bigram.gguf')}"]
    assert main(words) == 0
    first = (tmp_path / "chats.signals.jsonl").read_bytes()
    row = orjson.loads(first.splitlines()[1])
    # A line break ends what stands before an answer. The vocabulary lacks it, so that it is no token here.
    after = [math.log(odds_of(*pair)) for pair in ("bb", "ba", "ac")]
    assert row["log_likelihood"] == pytest.approx(sum(after) / 3, abs=1e-5)
    alone = [math.log(odds_of(*pair)) for pair in (("<s>", "b"), "ba", "ac")]
    assert row["ifd"] == pytest.approx(sum(after) / sum(alone), abs=1e-5)
    monkeypatch.setattr(local, "load_weights", lambda path, key: pytest.fail("the journal has every answer"))
    assert main(words) == 0
    assert (tmp_path / "chats.signals.jsonl").read_bytes() == first


def test_without_the_extra_one_line_names_the_command(
    chats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(weights, "_PACKAGES", ("json", "torch_that_is_not_there"))
    (tmp_path / "w.gguf").write_bytes(b"GGUF")
    assert main([f"out={chats}", f"llm.gguf={tmp_path / 'w.gguf'}"]) == 2
    assert (
        capsys.readouterr()
        .err.splitlines()[-1]
        .endswith(
            "llm.backend=embedded needs the extra 'torch' (torch_that_is_not_there is missing): pip install 'colloquia[torch]'"
        )
    )


def test_every_answer_is_an_exchange_behind_all_that_was_said() -> None:
    said = [
        ("system", "Be kind."),
        ("user", "Hi"),
        ("assistant", "Hello"),
        ("assistant", ""),
        ("user", "Why?"),
        ("assistant", "So."),
        ("user", "Ok"),
    ]
    messages = [{"role": role, "content": content} for role, content in said]
    first = ("system: Be kind.\nuser: Hi\nassistant:\n", "Hello")
    second = ("system: Be kind.\nuser: Hi\nassistant: Hello\nuser: Why?\nassistant:\n", "So.")
    assert asked_pairs({"messages": messages}, 8) == [first, second]
    assert asked_pairs({"messages": messages}, 1) == [second]
    assert asked_pairs({"prompt": "a", "completion": "b"}, 8) == [("a\n", "b")]
    shared = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]
    assert asked_pairs({"conversations": shared}, 8) == [("user: Hi\nassistant:\n", "Hello")]
    assert asked_pairs({"prompt": messages[1:2], "completion": messages[2:3]}, 8) == [
        ("user: Hi\nassistant:\n", "Hello")
    ]
    without: list[dict[str, Any]] = [
        {"messages": messages[:2]}, {"messages": [messages[2]]}, {"fields": {}}, {"messages": "x"}, {"messages": [3, {}]},
        {"prompt": "a", "completion": " "},
    ]  # fmt: skip
    for row in without:
        assert asked_pairs(row, 8) == []


def test_the_answers_of_a_conversation_count_by_their_tokens() -> None:
    one = Difficulty(value=0.5, after=1.0, alone=2.0, compared=3)
    other = Difficulty(value=2.0, after=6.0, alone=3.0, compared=1, left_out=2)
    none = Difficulty(value=None, left_out=1)
    found = whole([one, other, none])
    assert (found.after, found.alone, found.compared, found.left_out) == (2.25, 2.25, 4, 3)
    assert found.value == 1.0
    assert whole([none]).value is None


def test_all_answers_of_a_conversation_are_asked_for(serve: Callable[..., Endpoint], tmp_path: Path) -> None:
    path = tmp_path / "chats.jsonl"
    talk = [
        {"role": "user", "content": "? ?"},
        {"role": "assistant", "content": "it is blue"},
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": "it was blue"},
    ]
    path.write_bytes(orjson.dumps({"messages": talk}))
    endpoint = serve(listing)
    code, [row] = curated(path, endpoint)
    assert code == 0
    assert len(endpoint.asked) == 4
    both = [math.log(0.8), math.log(0.4), math.log(0.05), math.log(0.05)]
    assert row["log_likelihood"] == pytest.approx(sum(both) / 4, abs=1e-6)
    assert curated(path, endpoint, "most_answers=1")[1][0]["log_likelihood"] == pytest.approx(math.log(0.05), abs=1e-6)
    assert len(endpoint.asked) == 4
