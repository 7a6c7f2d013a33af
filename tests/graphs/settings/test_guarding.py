"""What only the user may choose: every such field is marked, and a mark is all that a new one needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from graphs.settings.guarding import Guarded, guarded_in, is_guarded
from graphs.settings.layers import ForeignSetting, Layers, over
from graphs.settings.resolve import resolve
from graphs.settings.schema import Settings
from scenarios.errors import SettingsError
from scenarios.frozen import Frozen
from scenarios.loading import load

CHAIN = load("chain")
LOOKS_GUARDED = re.compile(
    r"(^|_)(url|path|address|env|file|files|dir|folder|host|port|endpoint|gguf|weights|out|command|args|server|servers|"
    r"headers?|token|key|repo|hub|trust|benchmarks)($|_)"
)
"""What fields are called that name a place or a secret."""


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every field of a settings model and of those inside it."""
    for name, field in model.model_fields.items():
        yield f"{prefix}{name}", field
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from fields(field.annotation, f"{prefix}{name}.")


def test_every_setting_that_is_called_like_a_place_or_a_secret_is_marked() -> None:
    unmarked = [
        key for key, field in fields(Settings) if LOOKS_GUARDED.search(key.rpartition(".")[2]) and not is_guarded(field)
    ]
    assert not unmarked, "mark them with Guarded, so that no scenario and no foreign run directory can choose them"


def test_every_setting_that_is_described_as_a_place_or_a_secret_is_marked() -> None:
    told = re.compile(
        r"\b(endpoint, such as|environment variable that|directory|folder|PATH|files|server in place|module)\b"
    )
    may = {"scenario"}
    """A file that is data, wherever it is."""
    unmarked = [
        key for key, field in fields(Settings) if told.search(field.description or "") and not is_guarded(field)
    ]
    assert set(unmarked) <= may


class _Server(Frozen):
    command: Guarded = ""
    name: str = ""


class _Later(Frozen):
    """Settings as they may come to be."""

    servers: tuple[_Server, ...] = ()
    by_name: dict[str, _Server] = Field(default_factory=dict)
    main: _Server | None = None


def test_a_mark_is_found_in_lists_mappings_and_optional_groups() -> None:
    one = {"command": "rm", "name": "x"}
    found = guarded_in({"servers": [one, one], "by_name": {"a": one}, "main": one}, _Later)
    assert sorted(found) == ["by_name.a.command", "main.command", "servers.0.command", "servers.1.command"]
    assert guarded_in({"servers": "x", "by_name": [1], "main": 5}, _Later) == {}


def by_scenario(settings: dict[str, Any], **command: Any) -> Any:
    """What comes of a scenario's settings."""
    changed = CHAIN.scenario.model_copy(update={"settings": settings})
    return resolve(command, CHAIN.model_copy(update={"scenario": changed}))


def test_what_a_scenario_says_for_a_guarded_key_does_not_count() -> None:
    for value in ("x", "", 5, None, ["x"], {"a": "b"}, [[]], "y" * 10_000, "a b; rm -rf ~"):
        for key in (
            "llm.base_url",
            "roles.judge.llm.api_key_env",
            "memory.path",
            "forbidden.benchmarks",
            "out",
            "trust",
        ):
            *outer, last = key.split(".")
            settings: Any = {last: value}
            for part in reversed(outer):
                settings = {part: settings}
            try:
                found = by_scenario(settings)
            except SettingsError as error:
                assert key in str(error)
                assert len(str(error)) < 900
            else:
                assert found == by_scenario({}), "as if it were not there"


def test_what_is_to_be_typed_is_safe_to_paste() -> None:
    assert ForeignSetting("memory.path", "a; rm -rf ~", "x").typed() == "'memory.path=a; rm -rf ~'"
    assert ForeignSetting("forbidden.benchmarks", ["a b", "c"], "x").typed() == "'forbidden.benchmarks=[a b,c]'"
    assert ForeignSetting("memory.path", "p" * 300, "x").typed() == "memory.path=…"


def test_what_the_user_says_too_counts() -> None:
    settings = {"llm": {"base_url": "http://127.0.0.1:1/v1", "model": "m"}, "memory": {"path": "runs/memory"}}
    with pytest.raises(SettingsError, match=r"^llm\.base_url: .* type it: llm\.base_url=http://127\.0\.0\.1:1/v1$"):
        by_scenario(settings)
    found = by_scenario(settings, llm={"base_url": "http://127.0.0.1:1/v1"})
    assert (found.llm.model, found.llm.base_url) == ("m", "http://127.0.0.1:1/v1")
    assert by_scenario(settings, llm={"base_url": "http://127.0.0.1:2/v1"}).llm.base_url == "http://127.0.0.1:2/v1"


def test_a_role_may_have_what_the_run_has() -> None:
    role = {"roles": {"judge": {"llm": {"base_url": "http://127.0.0.1:1/v1", "api_key_env": "OPENAI_API_KEY"}}}}
    mine = {"base_url": "http://127.0.0.1:1/v1", "model": "m"}
    assert by_scenario(role, llm=mine).roles["judge"].llm["base_url"] == mine["base_url"]
    with pytest.raises(SettingsError, match="roles.judge.llm.api_key_env=OPENAI_API_KEY"):
        by_scenario(role, llm={**mine, "api_key_env": "MINE"})


def test_a_memory_of_the_users_replaces_one_of_a_scenarios() -> None:
    for theirs in ({"path": "x"}, {"url": "http://127.0.0.1:1"}):
        for mine in ({"path": "y"}, {"url": "http://127.0.0.1:2"}):
            found = by_scenario({"memory": {**theirs, "min_distance": 0.3}}, memory=mine).memory
            assert ({key: getattr(found, key) for key in mine}, found.min_distance) == (mine, 0.3)


def test_the_order_of_who_says_what() -> None:
    own = {"llm": {"base_url": "http://127.0.0.1:1/v1", "model": "own"}, "n": 7, "seed": 3}
    new = Layers({"n": 8}, own)
    found = resolve(new, CHAIN)
    assert (found.n, found.seed, found.llm.model, found.round_size) == (8, 3, "own", 64)
    theirs = {"llm": {"base_url": "http://127.0.0.1:9/v1", "model": "run"}, "seed": 5}
    foreign = resolve(Layers({"n": 8}, own, theirs, "DIR/run.yaml"), CHAIN)
    assert (foreign.llm.base_url, foreign.llm.model, foreign.seed) == ("http://127.0.0.1:1/v1", "run", 5)
    ours = resolve(Layers({"n": 8}, own, theirs, "DIR/run.yaml", ours=True), CHAIN)
    assert (ours.llm.base_url, ours.n) == ("http://127.0.0.1:9/v1", 8)
    with pytest.raises(
        SettingsError, match=r"DIR/run\.yaml says llm\.base_url=http://127\.0\.0\.1:9/v1, and a run directory"
    ):
        resolve(Layers({}, {}, theirs, "DIR/run.yaml"), CHAIN)


def test_nested_settings_go_over_others() -> None:
    assert over({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 4}, "d": {"e": 5}}) == {
        "a": {"b": 4, "c": 2},
        "d": {"e": 5},
    }
