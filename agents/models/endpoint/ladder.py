"""The ladder of structured answers: the ways to ask for JSON, and which of them an endpoint knows.

Nothing is learnt from one failed request, since a prompt can fail for its length or its content as well. A call
whose request fails goes down the ladder by itself. Later calls follow it only where the endpoint named the way
of asking as its reason, and then answered on the lower rung.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from agents.models.calls import Call
from agents.models.endpoint.failures import FailedRequest, Form
from agents.models.endpoint.strict import strict_form
from agents.models.faults import Fault, FaultKind

ANSWER = "answer"
"""What the answer is called where it needs a name."""


def _json_schema(schema: dict[str, Any]) -> dict[str, Any]:
    closed, strict = strict_form(schema)
    return {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": ANSWER, "schema": closed, "strict": strict},
        }
    }


def _function(schema: dict[str, Any]) -> dict[str, Any]:
    tool = {
        "type": "function",
        "function": {"name": ANSWER, "description": "Give the answer", "parameters": schema},
    }
    return {"tools": [tool], "tool_choice": {"type": "function", "function": {"name": ANSWER}}}


def _json_mode(_: dict[str, Any]) -> dict[str, Any]:
    return {"response_format": {"type": "json_object"}}


def _plain(_: dict[str, Any]) -> dict[str, Any]:
    return {}


RUNGS: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = (_json_schema, _function, _json_mode, _plain)
"""What each way adds to a request's body, from the strictest to none."""


@dataclass(frozen=True)
class _Fall:
    """How far one call has gone down, and whether the endpoint named the reason each time."""

    rung: int
    named: bool


_REFUSED = frozenset({FaultKind.DECLINED, FaultKind.MODEL, FaultKind.SILENT})
"""After which another way may help: some servers answer with nothing if they do not know a way."""


class Ladder:
    """The rung to ask on, by model and schema: an endpoint may know a way and not every schema."""

    def __init__(self) -> None:
        self._highest: dict[tuple[str, bytes], int] = {}
        """The highest rung that has answered, where it is known that no higher one would."""
        self._falls: dict[bytes, _Fall] = {}
        """Calls on their way down."""

    def rung(self, call: Call) -> int:
        """The rung for the next request of a call."""
        if call.answer_schema is None:
            return 0
        fall = self._falls.get(call.key()) if self._falls else None
        return self._highest.get(_kind(call), 0) if fall is None else fall.rung

    def answered(self, call: Call, rung: int) -> None:
        """Note an answer on `rung`."""
        if call.answer_schema is None:
            return
        fall = self._falls.pop(call.key(), None) if self._falls else None
        if fall is None or fall.named:
            kind = _kind(call)
            self._highest[kind] = min(rung, self._highest.get(kind, rung))

    def failed(self, call: Call, rung: int, request: FailedRequest) -> Fault:
        """The fault that a failed request on `rung` comes to: FORM where the call is to be asked again one rung below."""
        if call.answer_schema is None or request.kind not in _REFUSED:
            return request.fault()
        key = call.key()
        fall = self._falls.pop(key, _Fall(rung, named=True))
        if request.form is Form.OTHER or rung + 1 == len(RUNGS):
            return request.fault()
        self._falls[key] = _Fall(rung + 1, named=fall.named and request.form is Form.NAMED)
        return Fault(FaultKind.FORM, request.text, retry_after=0.0)


def _kind(call: Call) -> tuple[str, bytes]:
    return call.model.name, orjson.dumps(call.answer_schema)
