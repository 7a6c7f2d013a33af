"""Reading tools out of files: OpenAPI documents, lists of JSON schemas, what an MCP server lists; and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from scenarios.errors import ScenarioError
from scenarios.material.tools.mcp import McpPlan, mcp_plans, tools_listed
from scenarios.material.tools.reading import read_tool_file, read_tools, tools_of
from scenarios.material.tools.spec import ArgumentPlace, BodyForm, ToolSpec, schema_of
from scenarios.reading.yaml_text import parse_yaml

SHOP = Path(__file__).with_name("shop.yaml")
OPEN = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}


def shop() -> dict[str, ToolSpec]:
    """The tools of the shop, by name."""
    return {tool.name: tool for tool in read_tools(SHOP)}


def test_each_operation_is_a_tool() -> None:
    tools = shop()
    assert list(tools) == ["getOrder", "delete_orders_order_id", "find_orders", "create_order", "add_contact"]
    get = tools["getOrder"]
    assert get.description == "Look an order up."
    assert not get.writes
    assert tools["create_order"].writes
    assert schema_of(get) == {
        "type": "function",
        "function": {
            "name": "getOrder",
            "description": "Look an order up.",
            "parameters": {
                "type": "object",
                "properties": {
                    "order_id": {
                        "type": "string", "pattern": "^[A-Z]{2}-\\d{4}$", "description": "The order's number.",
                    },
                    "fields": {"type": "array", "items": {"type": "string"}},
                    "X-Trace": {"type": "string"},
                },
                "additionalProperties": False,
                "required": ["order_id"],
            },
        },
    }  # fmt: skip


def test_the_arguments_know_where_they_go() -> None:
    tools = shop()
    get, make = tools["getOrder"].http, tools["create_order"].http
    assert get is not None
    assert make is not None
    assert (get.server, get.method, get.path) == ("https://api.example.org/v1", "GET", "/orders/{order_id}")
    assert {name: told.place for name, told in get.parameters.items()} == {
        "order_id": ArgumentPlace.PATH, "fields": ArgumentPlace.QUERY, "X-Trace": ArgumentPlace.HEADER,
    }  # fmt: skip
    assert make.body is BodyForm.FIELDS
    assert set(make.parameters) == {"item", "count"}, "a client does not send what is readOnly"
    found = tools["find_orders"].http
    assert found is not None
    assert not found.parameters["status"].exploded


def test_schemas_are_written_out_and_todays() -> None:
    returns = shop()["getOrder"].returns
    assert returns == {
        "type": "object",
        "required": ["id", "status"],
        "properties": {
            "id": {"type": "string"},
            "status": {"type": "string", "enum": ["open", "sent", "cancelled"]},
            "total": {"type": ["number", "null"], "exclusiveMinimum": 0},
            "replaces": {"type": "object"},
        },
    }


def test_what_is_not_used_is_said() -> None:
    notes = "\n".join(read_tool_file(SHOP).notes)
    assert "security: key: not used" in notes
    assert "tools.api_key_env" in notes
    assert "PUT /picture: is left out: its body is image/png" in notes
    assert "parameter 'Authorization': is left out" in notes


def test_json_and_yaml_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(yaml.safe_load(SHOP.read_text(encoding="utf-8"))), encoding="utf-8")
    assert read_tools(path) == read_tools(SHOP)


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "function", "function": {"name": "look", "description": "Look.", "parameters": OPEN}},
        {"name": "look", "description": "Look.", "parameters": OPEN},
        {"name": "look", "description": "Look.", "inputSchema": OPEN},
        {"name": "look", "description": "Look.", "input_schema": OPEN},
    ],
)
@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_a_list_of_schemas_in_every_form(tmp_path: Path, tool: dict[str, Any], suffix: str) -> None:
    path = tmp_path / f"tools.{suffix}"
    path.write_text(json.dumps([tool]) if suffix == "json" else yaml.safe_dump([tool]), encoding="utf-8")
    (found,) = read_tools(path)
    assert (found.name, found.description, found.writes, found.real) == ("look", "Look.", True, False)
    assert found.parameters == {**OPEN, "additionalProperties": False}


def test_a_tool_that_only_reads_says_so() -> None:
    tools = tools_listed(
        [
            {"name": "a", "inputSchema": OPEN, "annotations": {"readOnlyHint": True}},
            {"name": "b", "inputSchema": OPEN, "annotations": {"readOnlyHint": False}, "execution": {"x": 1}},
            {"name": "c", "inputSchema": OPEN, "writes": False, "outputSchema": OPEN},
        ]
    )
    assert [tool.writes for tool in tools] == [False, True, False]
    assert tools[2].returns == OPEN
    assert all(tool.real for tool in tools)


def test_local_references_and_recursion_are_bounded() -> None:
    tree = {
        "type": "object",
        "properties": {"root": {"$ref": "#/$defs/node"}},
        "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}},
    }
    (tool,) = tools_listed([{"name": "a", "inputSchema": tree}])
    inner = {"type": "object", "properties": {"next": {"type": "object"}}}
    assert tool.parameters["properties"] == {"root": inner}


def test_numbers_beyond_64_bits_can_still_be_part_of_a_key() -> None:
    most = {"type": "object", "properties": {"a": {"type": "integer", "maximum": 10**400, "enum": [10**30, 1]}}}
    (tool,) = tools_listed([{"name": "a", "inputSchema": most}])
    assert tool.parameters["properties"]["a"] == {"type": "integer", "maximum": 1e308, "enum": [1e30, 1]}


def test_only_some_tools_and_nothing_of_the_others_is_looked_at(tmp_path: Path) -> None:
    broken = {"get": {"parameters": [{"$ref": "elsewhere.yaml"}]}}
    path = tmp_path / "a.yaml"
    many = {f"/b{n}": {"get": {"operationId": f"b{n}"}} for n in range(200)}
    path.write_text(yaml.safe_dump(document(paths={"/a": broken, **many})), encoding="utf-8")
    found = tools_of({"file": "a.yaml", "only": ["b7", "b9"]}, tmp_path.joinpath, "scenario.yaml")
    assert [tool.name for tool in found.tools] == ["b7", "b9"]
    with pytest.raises(ScenarioError, match=r"has no operation 'b200' \(did you mean 'b20'\?\), which 'only' names"):
        read_tool_file(path, ["b200"])
    listed = [{"name": name, "inputSchema": OPEN} for name in ("look", "lend")]
    assert [tool.name for tool in tools_listed(listed, ["lend"])] == ["lend"]
    with pytest.raises(ScenarioError, match=r"has no tool 'lent' \(did you mean 'lend'\?\)"):
        tools_listed(listed, ["lent"])


def test_a_scenario_names_a_file_a_plan_or_the_list_itself(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps([{"name": "look", "parameters": OPEN}]), encoding="utf-8")
    by_file = tools_of("t.json", tmp_path.joinpath, "scenario.yaml")
    assert by_file == tools_of({"file": "t.json"}, tmp_path.joinpath, "scenario.yaml")
    assert by_file == tools_of([{"name": "look", "parameters": OPEN}], tmp_path.joinpath, "scenario.yaml")
    typed = parse_yaml(
        "- {name: look, writes: false, parameters: {type: object, properties: {n: {type: integer, maximum: 3}}}}"
    )
    (tool,) = tools_of(typed, tmp_path.joinpath, "scenario.yaml").tools
    assert tool.parameters["properties"] == {"n": {"type": "integer", "maximum": 3}}
    assert not tool.writes
    for value in (None, 7, {"files": "t.json"}, {"file": ["t.json"]}):
        with pytest.raises(ScenarioError, match=r"^scenario\.yaml: tools.*; give a file, or a list of tools$"):
            tools_of(value, tmp_path.joinpath, "scenario.yaml")


def bomb() -> dict[str, Any]:
    """Schemas of which each holds the next one ten times."""
    many = {
        f"s{n}": {"type": "object", "properties": {f"p{m}": {"$ref": f"#/$defs/s{n + 1}"} for m in range(10)}}
        for n in range(9)
    }
    return {"type": "object", "properties": {"a": {"$ref": "#/$defs/s0"}}, "$defs": {**many, "s9": {"type": "string"}}}


def document(**changes: Any) -> dict[str, Any]:
    """A small OpenAPI document."""
    base = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {"responses": {}}}}}
    return {**base, **changes}


def path_with(**operation: Any) -> dict[str, Any]:
    """A document with one operation."""
    return document(paths={"/a/{id}": {"get": {"responses": {}, **operation}}})


WRONG: dict[str, tuple[Any, str]] = {
    "swagger": ({"swagger": "2.0", "paths": {}}, "is Swagger 2.0; OpenAPI 3.0 or 3.1 is read"),
    "version": (document(openapi="4.0"), "is OpenAPI '4.0'; 3.0 and 3.1 are read"),
    "nothing": (document(paths={}), "has no operation that can be called"),
    "no name": (document(paths={"/": {"get": {}}}), "GET /: the operation has no name; give it an operationId"),
    "bad name": (document(paths={"/a": {"get": {"operationId": "!!"}}}), "operationId '!!' is no name"),
    "number as a name": (document(paths={"/a": {"get": {"operationId": 7}}}), "operationId 7 is no name"),
    "twice": (
        document(paths={"/a": {"get": {"operationId": "x"}, "put": {"operationId": "x"}}}),
        "two tools have the name 'x'",
    ),
    "undescribed": (path_with(), "no parameter describes {id} of the path"),
    "unschemed": (path_with(parameters=[{"name": "id", "in": "path"}]), "GET /a/{id}: parameter 'id': has no schema"),
    "broken ref": (
        path_with(parameters=[{"$ref": "#/components/parameters/none"}]),
        "$ref '#/components/parameters/none' stands for nothing in the document",
    ),
    "foreign ref": (
        path_with(parameters=[{"$ref": "http://127.0.0.1:1/x.yaml#/a"}]),
        "leads out of the document, and nothing is looked up elsewhere",
    ),
    "file ref": (path_with(parameters=[{"$ref": "../../etc/passwd"}]), "leads out of the document"),
    "circle": (
        {**path_with(parameters=[{"$ref": "#/x"}]), "x": {"$ref": "#/x"}},
        "$ref '#/x' leads back to itself",
    ),
    "dots": (document(paths={"/a/../b": {"get": {}}}), "a path may not hold '.' or '..'"),
    "no schema": ([{"name": "look"}], "the tool 'look' has no schema; give it parameters"),
    "no tool name": ([{"parameters": OPEN}], "tool 1: has no name"),
    "spaces": ([{"name": "look up", "parameters": OPEN}], "the name 'look up' is none that a model can call"),
    "same name": ([{"name": "a", "parameters": OPEN}] * 2, "two tools have the name 'a'; rename one of them"),
    "no object": ([{"name": "a", "parameters": {"type": "string"}}], "they have to be an object"),
    "no JSON schema": (
        [{"name": "a", "parameters": {"type": "object", "properties": {"b": {"type": "text"}}}}],
        "is no JSON schema: properties.b.type: 'text' is not valid",
    ),
    "schema is a text": ([{"name": "a", "parameters": "x"}], "is no JSON schema, which is a mapping"),
    "unknown key": ([{"name": "a", "parameters": OPEN, "writs": False}], "unknown key 'writs' (did you mean 'writes'?)"),
    "too large": ([{"name": "a", "parameters": bomb()}], "too large, or too deeply nested"),
    "too many": ([{"name": f"a{n}", "parameters": OPEN} for n in range(129)], "holds 129 tools"),
    "mapping": ({"a": 1}, "is neither an OpenAPI document (it has no key 'openapi') nor a list of tools"),
    "text": ("hello", "is neither an OpenAPI document nor a list of tools"),
    "empty": ([], "is no list of tools"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_one_line_with_its_place(tmp_path: Path, name: str) -> None:
    value, said = WRONG[name]
    path = tmp_path / "tools.yaml"
    path.write_text(yaml.safe_dump(value), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_tools(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_pattern_that_cannot_be_read_is_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    given = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": "(?<"}}
    path.write_text(yaml.safe_dump(path_with(parameters=[given])), encoding="utf-8")
    found = read_tool_file(path)
    assert "pattern" not in found.tools[0].parameters["properties"]["id"]
    assert any("cannot be read and is not checked" in note for note in found.notes)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "give either command"),
        ({"command": ["a"], "url": "http://x"}, "give either command"),
        ({"url": "ftp://x"}, "is no address"),
        ({"command": ["npx", ""]}, "an empty word"),
    ],
)
def test_a_server_is_a_command_or_an_address(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        McpPlan.model_validate(given)


def test_a_server_is_said_as_the_setting_says_it() -> None:
    assert McpPlan(command=("npx", "-y", "a b")).said == "npx -y 'a b'"
    assert McpPlan(url="http://127.0.0.1:1/mcp").said == "http://127.0.0.1:1/mcp"


def test_a_scenario_may_say_that_a_tool_only_reads(tmp_path: Path) -> None:
    paths = {"/a": {"post": {"operationId": "search"}, "delete": {"operationId": "drop"}}}
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(document(paths=paths)), encoding="utf-8")
    found = tools_of({"file": "a.yaml", "reads": ["search"]}, tmp_path.joinpath, "scenario.yaml").tools
    assert [(tool.name, tool.writes) for tool in found] == [("search", False), ("drop", True)]
    with pytest.raises(ScenarioError, match=r"has no tool 'serch' \(did you mean 'search'\?\), which 'reads' names"):
        tools_of({"file": "a.yaml", "reads": ["serch"]}, tmp_path.joinpath, "scenario.yaml")


@pytest.mark.parametrize(
    ("value", "why"),
    [([], "give command or url"), ({}, "give command or url"), ({"a b": {"url": "http://x/mcp"}}, "'a b' is no name of a server")],
)  # fmt: skip
def test_servers_that_cannot_be_named_so(value: object, why: str) -> None:
    with pytest.raises(ScenarioError, match=why):
        mcp_plans(value)


def test_one_server_needs_no_name() -> None:
    assert list(mcp_plans({"command": ["x"], "only": ["a"]})) == ["mcp"]
    assert list(mcp_plans({"notes": {"command": ["x"]}, "clock": {"url": "http://x/mcp"}})) == ["notes", "clock"]
    assert mcp_plans(None) == {}
