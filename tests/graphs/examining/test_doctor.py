"""What the doctor says of endpoints that speak different dialects, and that its settings work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphs.doctor import main
from graphs.run import main as run
from tests.graphs.examining.dialects import Dialect, serving
from tests.helpers import Said, said_by


@pytest.fixture
def doctor(capfd: pytest.CaptureFixture[str]) -> Said:
    return said_by(main, capfd)


DIALECTS: dict[str, tuple[Dialect, tuple[str, ...]]] = {
    "all": (Dialect(), ("by JSON schema; the schema is enforced", "2 calls in one answer", "1923 of 1925 came from the cache", "finish_reason is length")),
    "only max_completion_tokens": (Dialect(refuses=("max_tokens",)), ("requests leave out max_tokens, which it does not take", "yes  calls at once                   8")),
    "only max_tokens": (Dialect(refuses=("max_completion_tokens",)), ("requests leave out max_completion_tokens",)),
    "no temperature": (Dialect(refuses=("temperature", "top_p", "stop")), ("leave out stop, temperature, top_p", "no   stop words")),
    "no seed": (Dialect(refuses=("seed",)), ("no   the same seed, the same answer  it takes no seed",)),
    "another answer each time": (Dialect(repeats=False), ("no   the same seed, the same answer  it answers otherwise",)),
    "no system role": (Dialect(system=False), ("no   the role system                 refused: its words go before those of the user",)),
    "strict schemas alone": (Dialect(strict=True), ("by JSON schema; the schema is enforced",)),
    "a schema that is not enforced": (Dialect(enforces=False), ("by JSON schema; the schema is not enforced",)),
    "functions alone": (Dialect(form=""), ("as a function's arguments",)),
    "JSON mode": (Dialect(form="json_object", tools=False), ("in JSON mode; the schema is not enforced", "no   tools, parallel calls")),
    "neither": (Dialect(form="", tools=False), ("?    structured answers              by words alone",)),
    "throttles": (Dialect(at_once=4), ("yes  calls at once                   4; at 8 it refuses 4 (HTTP 429", "concurrency=4")),
    "thinks aloud": (Dialect(thinks=True), ("no   reasoning kept apart            it stands in the answer", "llm.max_tokens=4000")),
    "cannot tell": (Dialect(says_length=False, counts=False, logprobs=False, stops=False), ("no   an answer that is cut off", "no   tokens and cached tokens        not counted", "no   log-probabilities", "no   stop words                      taken, and not kept")),
}  # fmt: skip


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_is_told(doctor: Said, name: str) -> None:
    dialect, told = DIALECTS[name]
    with serving(dialect) as (address, _):
        code, said, complained = doctor(f"llm.base_url={address}", "llm.model=m", "at_once=8")
    assert code == 0, complained
    for line in told:
        assert line in said
    assert said.splitlines()[-1].startswith(f"llm.base_url={address} llm.model=m")


@pytest.mark.parametrize(
    "name", ["only max_completion_tokens", "no temperature", "no system role", "functions alone", "throttles"]
)
def test_a_run_works_with_the_settings_that_it_names(doctor: Said, name: str, tmp_path: Path) -> None:
    with serving(DIALECTS[name][0]) as (address, _):
        _, said, _ = doctor(f"llm.base_url={address}", "llm.model=m", "at_once=8")
        words = said.splitlines()[-1].split()
        given = [
            "scenario=chain",
            "n=1",
            f"out={tmp_path / 'r'}",
            f"memory.path={tmp_path / 'm'}",
            "budget.samples=1",
            *words,
        ]
        assert run(given) == 0


def test_what_makes_runs_impossible_ends_it_early(doctor: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said, _ = doctor("llm.base_url=http://127.0.0.1:9/v1", "llm.model=m")
    assert (code, len(said.splitlines())) == (3, 3)
    assert "nobody answers at http://127.0.0.1:9/v1" in said
    monkeypatch.setenv("MY_KEY", "sk-wrong-wrong-wrong")
    with serving(Dialect(key="sk-right-right-right")) as (address, server):
        code, said, _ = doctor(f"llm.base_url={address}", "llm.model=m", "llm.api_key_env=MY_KEY")
        assert (code, server.asked) == (3, 0)
    assert "the key in MY_KEY is not accepted" in said
    assert "sk-wrong" not in said
    with serving(Dialect(models=("mistral-small", "mistral-large"))) as (address, _):
        code, said, _ = doctor(f"llm.base_url={address}", "llm.model=mistral-smal")
    assert code == 3
    assert "did you mean 'mistral-small'" in said
    code, said, _ = doctor("llm.base_url=https://x.openai.azure.com/openai/deployments/d", "llm.model=m")
    assert "write llm.base_url=https://x.openai.azure.com/openai/v1" in said


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "llm.base_url: is missing"),
        (["llm.base_url=http://127.0.0.1:9/v1"], "llm.model: is missing"),
        (["llm.base_url=ftp://x", "llm.model=m"], "llm.base_url=ftp://x: write http://"),
        (["at_once=0"], "at_once=0: is a number from 1 to 512"),
        (["json=/nowhere/x.json"], "json=/nowhere/x.json: /nowhere is not a directory"),
        (["model=m"], "model: unknown key"),
    ],
)
def test_a_mistake_is_one_line(doctor: Said, words: list[str], complaint: str) -> None:
    code, _, complained = doctor(*words)
    assert code == 2
    assert complaint in complained


def test_the_findings_go_to_a_file(doctor: Said, tmp_path: Path) -> None:
    with serving(Dialect()) as (address, _):
        assert doctor(f"llm.base_url={address}", "llm.model=m", "at_once=1", f"json={tmp_path / 'x.json'}")[0] == 0
    found = json.loads((tmp_path / "x.json").read_text())
    assert found["usable"]
    assert found["settings"]["concurrency"] == "1"
    assert len(found["found"]) == 13
