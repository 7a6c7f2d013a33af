"""Settings: words of the command line become checked values, or one line of error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.models.calls import Backend
from graphs.run import main
from graphs.settings.keys import help_text, keys, parse_arguments
from graphs.settings.models import llm_of, model_of
from graphs.settings.resolve import resolve
from graphs.settings.schema import Settings
from scenarios.errors import SettingsError, UserError
from scenarios.loading import load
from scenarios.schema.styles import Style

CHAIN = load("chain")
WORD = st.one_of(
    st.text(max_size=25),
    st.builds("{}={}".format, st.sampled_from(sorted(keys())), st.text(max_size=12)),
    st.builds("{}={}".format, st.from_regex(r"[a-z.\[\]]{0,12}", fullmatch=True), st.text(max_size=12)),
    st.builds(
        "{}={}".format,
        st.sampled_from(sorted(keys())),
        st.sampled_from(["[", "{a:", "${x}", "null", "1e9", "~", "!!x"]),
    ),
)


@given(st.lists(WORD, max_size=4))
def test_any_words_are_settings_or_a_users_mistake_in_one_line(words: list[str]) -> None:
    try:
        assert isinstance(resolve(parse_arguments(words), CHAIN), Settings)
    except UserError as error:
        assert str(error).strip()


@pytest.mark.parametrize("value", ["${oc.env:HOME}", "${oc.env:SECRET_TOKEN}", "${n}", "${oc.decode:1}"])
def test_interpolations_are_not_resolved(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "sk-hidden")
    monkeypatch.setenv("HOME", "/home/sk-hidden")
    try:
        settings = resolve(parse_arguments([f"memory.scope={value}"]), CHAIN)
    except SettingsError as error:
        assert "sk-hidden" not in str(error)
    else:
        assert settings.memory.scope == value
    with pytest.raises(SettingsError) as caught:
        resolve(parse_arguments([f"n={value}"]), CHAIN)
    assert "sk-hidden" not in str(caught.value)


def test_the_command_line_stands_over_the_scenario_over_the_defaults() -> None:
    assert resolve({}, CHAIN).n == 20
    assert resolve(parse_arguments(["n=7"]), CHAIN).n == 7
    assert resolve({}, CHAIN).seed == Settings().seed
    assert resolve({}, CHAIN).memory.min_distance == 0.0
    assert resolve(parse_arguments(["memory.path=x"]), CHAIN).memory.min_distance == 0.0
    assert resolve({}, CHAIN).memory.scope == "chain"


def test_a_roles_own_model_stands_over_the_runs() -> None:
    settings = resolve(
        parse_arguments(
            ["llm.backend=scripted", "roles.judge.llm.base_url=http://127.0.0.1:1/v1", "roles.judge.llm.model=big",
             "llm.timeout=9"]
        ),
        CHAIN,
    )  # fmt: skip
    judge = model_of(llm_of(settings, "judge"))
    assert (judge.backend, judge.name, judge.timeout, judge.style) == (Backend.OPENAI, "big", 9, Style.CHAT)
    assert model_of(llm_of(settings, "critic")).backend is Backend.SCRIPTED


def test_an_address_implies_the_backend_and_nothing_implies_embedded() -> None:
    assert model_of(resolve({}, CHAIN).llm).backend is Backend.EMBEDDED
    assert model_of(resolve({}, CHAIN).llm).style is Style.TRANSCRIPT
    settings = resolve(parse_arguments(["llm.base_url=http://127.0.0.1:1/v1", "llm.model=m"]), CHAIN)
    assert model_of(settings.llm).backend is Backend.OPENAI


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_lists_every_key_with_its_default(capsys: pytest.CaptureFixture[str], word: str) -> None:
    assert main([word]) == 0
    shown = capsys.readouterr().out
    assert help_text() in shown
    rows = {line.split()[0]: line for line in shown.splitlines() if line.startswith("  ")}
    for key, (default, _) in keys().items():
        assert key in rows
        if default not in (None, "", ()):
            assert str(getattr(default, "value", default)) in rows[key]
    for code in ("0 ", "3 ", "2 ", "130 ", "1 "):
        assert code in shown.splitlines()[-1]
