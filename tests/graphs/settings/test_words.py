"""The command line keeps text as text, and reads a number or a switch where a setting wants one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.evaluate import main as evaluate
from graphs.lineage import main as lineage
from graphs.run import main as run
from graphs.settings.keys import parse_arguments
from graphs.settings.resolve import resolve
from graphs.settings.schema import Settings, Switch
from graphs.trace import main as trace
from graphs.verify import main as verify
from scenarios.errors import SettingsError
from scenarios.loading import load
from tests.helpers import said_by

CHAIN = load("chain")
TEXTS = ["20261128_0930", "2026", "1.10", "007", "no", "on", "true", "12:30", "1e3", "0x1F", "2026-11-28", "a #1", "#tag", "@cf/meta/x", "%a",
         "`a`", "a: b", "a=b", "- a", "! a", "& a", "* a", "| a", "> a", "? a", "a,b", "C:\\runs", "~", " a b ", "a's", 'say "x"', "日本語", "x}",
         "]", "-1", "+1", ".5", "_", "${HOME}", "a\tb", "!!str 3", "*a", "&a b"]  # fmt: skip


def settled(*words: str) -> Settings:
    """The settings that words give."""
    return resolve(parse_arguments(words), CHAIN)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_what_was_written(text: str) -> None:
    found = settled(f"memory.scope={text}", f"llm.model={text}", f"out={text}", f"roles.judge.llm.model={text}")
    assert (found.memory.scope, found.llm.model, found.out) == (text, text, text)
    assert found.roles["judge"].llm["model"] == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
def test_any_text_that_opens_no_list_is_what_was_written(text: str) -> None:
    if text.startswith(("[", "{", "'", '"')) or text == "null":
        return
    assert parse_arguments([f"memory.scope={text}"]) == {"memory": {"scope": text}}


def test_numbers_and_switches_are_read_where_they_are_wanted() -> None:
    found = settled("n=7", "budget.usd=1.10", "memory.min_distance=1e-3", "otel=on", "steering=no", "memory.max_overlap=off",
                    "forbidden.demonstrations=no", "llm.temperature=0", "llm.price.prompt=.5")  # fmt: skip
    assert (found.n, found.budget.usd, found.memory.min_distance, found.llm.temperature) == (7, 1.1, 0.001, 0)
    assert (found.otel, found.steering, found.memory.max_overlap) == (Switch.ON, Switch.OFF, None)
    assert (found.forbidden.demonstrations, found.llm.price.prompt) == (None, 0.5)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("forbidden.benchmarks=[a.jsonl, 'b #2.txt', 2026]", ["a.jsonl", "b #2.txt", "2026"]), ('forbidden.benchmarks="[a]"', "[a]"),
        ("forbidden.benchmarks='2026'", "2026"), ("forbidden.benchmarks={a: 1.10}", {"a": "1.10"}), ("forbidden.benchmarks=null", None),
        ("forbidden.benchmarks=", ""), ("forbidden.benchmarks=a=b=c", "a=b=c"),
    ],
)  # fmt: skip
def test_lists_mappings_and_quotation_marks(word: str, value: Any) -> None:
    assert parse_arguments([word]) == {"forbidden": {"benchmarks": value}}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["n=3", "llm.model=a", "n=4"], "n"),
        (["llm.model=a", "n=4", "llm.model=a"], "llm.model"),
        (["llm.price.prompt=1", "llm={model: a}"], "llm"),
    ],
)
def test_no_word_takes_the_place_of_one_before_it(words: list[str], named: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{named} is given (twice|after llm\.price\.prompt)"):
        parse_arguments(words)


@pytest.mark.parametrize("command", [run, trace, lineage, evaluate, verify])
def test_every_command_refuses_a_key_that_is_given_twice(
    command: Callable[[list[str]], int], capfd: pytest.CaptureFixture[str]
) -> None:
    code, _, told = said_by(command, capfd)("out=a", "out=b")
    assert code == 2
    assert len(told.splitlines()) == 1
    assert "out is given twice" in told


def test_a_key_may_follow_the_group_that_it_is_of() -> None:
    assert parse_arguments(["llm={model: a, timeout: 3}", "llm.model=b"]) == {"llm": {"model": "b", "timeout": "3"}}


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("n=" + "9" * 5000, "n=99"), ("n=1.5", "n=1.5"), ("n=", "n="), ("n=inf", "n=inf"), ("budget.usd=nan", "budget.usd=nan"),
        ("budget.usd=inf", "budget.usd=inf"), ("memory.scope=a\udce9b", "memory.scope: holds half a character"),
        ("memory.scope=a\0b", "memory.scope: holds a NUL"), ("forbidden.benchmarks=[a, b", "a list as"), ("n={a: &a [*a]}", "a part of what"),
        ("n=[" * 99, "settings take a list"), ("llm.model=null", "llm.model"), ("forbidden.benchmarks={a: 1, a: 2}", "given twice"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_its_key_in_a_short_line(word: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settled(word)
    assert told in str(caught.value)
    assert len(str(caught.value)) < 400
