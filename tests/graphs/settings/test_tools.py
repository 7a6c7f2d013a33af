"""Real calls go where the user's settings say, and nowhere else; the key is in the environment alone."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from graphs.settings.keys import parse_arguments
from graphs.settings.layers import Layers, check_foreign
from graphs.settings.schema import Settings
from graphs.settings.tools import ToolSettings, tool_servers, tool_transports
from scenarios.errors import SettingsError
from scenarios.material.tools.mcp import MCP, McpPlan, mcp_plans
from scenarios.material.tools.reading import read_tools

SHOP = read_tools(Path(__file__).parents[2] / "scenarios" / "material" / "tools" / "shop.yaml")
PLAN = McpPlan(command=("npx", "-y", "a-server"))
RECORDED = {"calls": "recorded"}


def settings(**given: object) -> ToolSettings:
    """The settings of tools."""
    return Settings.model_validate({"tools": given}).tools


def test_simulated_is_the_default_and_reaches_nothing() -> None:
    assert tool_transports(settings(), SHOP) == {}


def test_a_documents_own_address_does_not_count() -> None:
    with pytest.raises(
        SettingsError, match=r"only you may choose one; type it: tools\.server=https://api\.example\.org/v1"
    ):
        tool_transports(settings(**RECORDED), SHOP)


def test_the_users_address_counts() -> None:
    found = tool_transports(settings(**RECORDED, server="http://127.0.0.1:1/v1"), SHOP)
    assert list(found) == [("tools", "http http://127.0.0.1:1/v1")]


@pytest.mark.parametrize("said", ["", "npx -y other"])
def test_a_scenarios_own_command_does_not_count(said: str) -> None:
    with pytest.raises(SettingsError, match=r"type it: 'tools\.mcp=npx -y a-server'"):
        tool_transports(settings(mcp=said), (), {MCP: PLAN})


def test_the_users_command_counts() -> None:
    found = tool_transports(settings(mcp="npx -y a-server"), (), {MCP: PLAN})
    assert list(found) == [("tools", "mcp npx -y a-server")]


def test_of_several_servers_each_has_to_be_the_users() -> None:
    plans = mcp_plans({"notes": {"command": ["npx", "-y", "notes"]}, "clock": {"url": "http://127.0.0.1:1/mcp"}})
    every = ["npx -y notes", "http://127.0.0.1:1/mcp"]
    found = tool_transports(settings(mcp=every), (), plans)
    assert list(found) == [("tools", "mcp npx -y notes"), ("tools", "mcp http://127.0.0.1:1/mcp")]
    with pytest.raises(SettingsError, match=r"^mcp\.clock: the scenario says http://127\.0\.0\.1:1/mcp, ") as caught:
        tool_transports(settings(mcp=every[0]), (), plans)
    (word,) = shlex.split(str(caught.value).rpartition("type it: ")[2])
    assert parse_arguments([word])["tools"]["mcp"] == every, "what it says to type is what works"


def test_a_scenario_may_not_set_them_either() -> None:
    theirs = {"tools": {"server": "http://127.0.0.1:1", "mcp": "rm -r x", "api_key_env": "AWS_SECRET_ACCESS_KEY"}}
    _, foreign = Layers({}).merged(theirs)
    assert {one.key for one in foreign} == {"tools.server", "tools.mcp", "tools.api_key_env"}
    with pytest.raises(SettingsError, match="a scenario may not choose where"):
        check_foreign(foreign)


def test_a_key_that_is_named_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_KEY", raising=False)
    given = settings(**RECORDED, server="http://127.0.0.1:1/v1", api_key_env="SHOP_KEY")
    with pytest.raises(SettingsError, match="the environment has no such variable"):
        tool_transports(given, SHOP)
    monkeypatch.setenv("SHOP_KEY", "very-secret-key")
    assert tool_transports(given, SHOP)
    assert "very-secret-key" not in tool_servers(given, SHOP).model_dump_json()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("server", "https://user:password@example.org"), ("mcp", "https://example.org/mcp?key=1"), ("calls", "real"),
        ("api_key_header", "X\nY"), ("timeout", 0),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=key):
        settings(**{key: value})
    with pytest.raises(SettingsError, match=r"tools\.server=example\.org: write http"):
        tool_servers(settings(server="example.org"), SHOP)
