"""Real calls of tools as calls of the gateway: where each goes, and what is asked there. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from agents.models.calls import HTTP_TOOLS, MCP_TOOLS, Asker, Backend, Call, Model, ToolCall
from agents.tools.json_text import read, written
from scenarios.errors import SettingsError
from scenarios.frozen import Frozen
from scenarios.material.tools.mcp import MCP
from scenarios.material.tools.spec import TOOLS_ROLE, ToolSpec, schema_of
from scenarios.messages import Message, Speech
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style

_LIST = "tools/list"
_STARTING_S = 120.0
"""Seconds that a server may take to start, beside those of a call."""


class ToolWay(StrEnum):
    """How calls are carried out."""

    SIMULATED = "simulated"
    """A model answers in the tools' place."""
    RECORDED = "recorded"
    """Calls go to the tools' servers; a tool without one is simulated all the same."""


class ToolServers(Frozen):
    """Where real calls go, as the user's settings allow it."""

    http: str = ""
    """The address before an operation's path."""
    mcp: dict[str, str] = Field(default_factory=dict)
    """The address of each MCP server, or the command that starts it, by its name in the scenario."""
    timeout: float = Field(default=30.0, gt=0)
    """Seconds that a tool may take."""
    outage: float = Field(default=600.0, gt=0)
    """Seconds to wait for a server that is away."""
    api_key_env: str = ""
    """The environment variable that holds the key; the key itself is never stored."""

    def model(self, spec: ToolSpec) -> Model:
        """The server of a tool, as the gateway knows it. Raises SettingsError if the settings allow none."""
        if spec.http is not None:
            if not self.http:
                theirs = f"={spec.http.server}" if spec.http.server.startswith(("http://", "https://")) else "=URL"
                raise SettingsError(
                    f"tools.calls=recorded: '{spec.name}' needs the address of its server, and only you may choose one; "
                    f"type it: tools.server{theirs}"
                )
            return self._model(f"{spec.http.method} {spec.http.path}", f"{HTTP_TOOLS}{self.http}")
        assert spec.mcp is not None
        return self._mcp(spec.name, spec.mcp.server)

    def listing(self, server: str = MCP) -> Model:
        """The list of an MCP server's tools, as the gateway knows it. Raises SettingsError."""
        return self._mcp(_LIST, server)

    def _mcp(self, name: str, server: str) -> Model:
        if server not in self.mcp:
            raise SettingsError(
                "mcp: only you may choose the command or the address of an MCP server; type it: tools.mcp=…"
            )
        return self._model(name, f"{MCP_TOOLS}{self.mcp[server]}")

    def _model(self, name: str, address: str) -> Model:
        return Model(
            backend=Backend.OPENAI, acts=True, name=name, style=Style.CHAT, base_url=address, api_key_env=self.api_key_env,
            timeout=self.timeout + _STARTING_S, outage=self.outage,
        )  # fmt: skip


def real_call(model: Model, spec: ToolSpec, called: ToolCall, asker: Asker) -> Call:
    """A call of a tool, as a call of the gateway. The id that a model gave it is left out: the same is asked without it."""
    said = ToolCall(id="call", name=called.name, arguments=plain(called.arguments))
    message = Message(role=Speech.ASSISTANT, content="", tool_calls=(said.openai(),))
    return _call(model, asker, (message,), (schema_of(spec),))


def list_call(model: Model, server: str = MCP) -> Call:
    """The question for an MCP server's tools, asked once in a run."""
    return _call(model, Asker(sample="", step=_LIST if server == MCP else f"{_LIST}/{server}"), (), ())


def _call(model: Model, asker: Asker, messages: tuple[Message, ...], tools: tuple[dict[str, Any], ...]) -> Call:
    decoding = Decoding(temperature=0.0, max_tokens=1)
    return Call(role=TOOLS_ROLE, asker=asker, model=model, messages=messages, decoding=decoding, seed=0, tools=tools)


def asks_for_list(call: Call) -> bool:
    """Whether a call is the question for the tools."""
    return call.model.name == _LIST and not call.messages


def asked_of(call: Call) -> tuple[str, dict[str, Any]]:
    """The tool and the arguments of a real call."""
    calls = call.messages[0].tool_calls
    assert calls is not None
    function = calls[0]["function"]
    arguments: dict[str, Any] = read(function["arguments"])
    return function["name"], arguments


def plain(arguments: str) -> str:
    """Arguments (JSON text) in one way of writing them: equal ones are equal texts. Raises ValueError."""
    return written(read(arguments), ordered=True)


def key_header(header: str, key: str) -> dict[str, str]:
    """The HTTP header that gives a server its key: as a bearer token unless the key says its own scheme, such as `Basic …`."""
    if not key:
        return {}
    return {header: f"Bearer {key}" if header.lower() == "authorization" and " " not in key else key}
