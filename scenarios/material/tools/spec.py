"""A tool as a value: its name, what it takes and gives, and how it is reached."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from scenarios.frozen import Frozen

MOST_TOOLS = 128
"""Tools that a model may be offered: endpoints refuse more."""
NAME = r"[a-zA-Z0-9_-]{1,64}"
"""What endpoints take as a tool's name."""
TOOLS_ROLE = "tools"
"""The role that stands for the tools: whose model simulates their results, and whose calls the real ones are."""


class Grade(StrEnum):
    """What stands behind a tool's result."""

    PROVED = "proved"
    """A world's own state."""
    RECORDED = "recorded"
    """A real call, kept in the run's journal."""
    SIMULATED = "simulated"
    """A model answered in the tool's place: no proof of anything."""


class ArgumentPlace(StrEnum):
    """Where an argument stands in an HTTP request."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    BODY = "body"


class BodyForm(StrEnum):
    """What the body of an HTTP request is made of."""

    NONE = "none"
    FIELDS = "fields"
    """A JSON object of the arguments whose place is the body."""
    FORM = "form"
    """The same as `application/x-www-form-urlencoded`."""
    WHOLE = "whole"
    """The one argument whose place is the body, as JSON."""


class HttpParameter(Frozen):
    """Where one argument goes."""

    place: ArgumentPlace
    name: str
    """Its name there."""
    exploded: bool = True
    """A list is sent as one parameter for each item; else its items are joined by commas."""


class HttpReach(Frozen):
    """An operation of an OpenAPI document."""

    server: str = ""
    """The address that the document says. It counts only if the user's settings give it, too."""
    method: str
    path: str
    parameters: dict[str, HttpParameter] = Field(default_factory=dict)
    """By the argument's name."""
    body: BodyForm = BodyForm.NONE


class McpReach(Frozen):
    """A tool of an MCP server."""

    server: str
    """What the scenario calls the server."""


class ToolSpec(Frozen):
    """One tool. `parameters` and `returns` are JSON schemas (2020-12) without references."""

    name: str = Field(pattern=f"^{NAME}$")
    description: str = ""
    parameters: dict[str, Any]
    """Of one object, which holds all arguments."""
    returns: dict[str, Any] | None = None
    writes: bool = True
    """Whether it may change something. True unless its source says that it only reads."""
    http: HttpReach | None = None
    mcp: McpReach | None = None
    """Without either, its results can only be simulated."""

    @property
    def real(self) -> bool:
        """Whether there is something that could be called."""
        return self.http is not None or self.mcp is not None


def schema_of(spec: ToolSpec) -> dict[str, Any]:
    """The tool in OpenAI's form, as a model is offered it."""
    function = {"name": spec.name, "description": spec.description, "parameters": spec.parameters}
    return {"type": "function", "function": function}
