"""The tools of a run, and how one call of them is carried out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from agents.models.calls import Call, Model, ModelAccess, ToolCall, asker_of
from agents.models.endpoint.secret import Secret
from agents.models.structured import ask_structured
from agents.tools.fitting import scripted_result
from agents.tools.json_text import read
from agents.tools.requests import ToolServers, ToolWay, list_call, real_call
from agents.tools.results import Kept, ToolResult, failure, is_failure, kept, kept_in
from agents.tools.simulated import answer_shape, earlier_calls, known_result, messages_for
from scenarios.errors import ScenarioError, SettingsError, nearest
from scenarios.material.tools.arguments import argument_fault
from scenarios.material.tools.mcp import MCP, tools_listed
from scenarios.material.tools.spec import TOOLS_ROLE, Grade, ToolSpec, schema_of
from scenarios.messages import Message, Speech
from scenarios.records import Brief
from scenarios.schema.plans import Decoding
from scenarios.seeds import seed_of


@dataclass(frozen=True)
class Toolbox:
    """The tools of a run. Plain data: it holds no connection."""

    specs: tuple[ToolSpec, ...]
    way: ToolWay = ToolWay.SIMULATED
    servers: ToolServers = field(default_factory=ToolServers)
    model: Model | None = None
    """The model of the role `tools`, which simulates; not needed if every call is real."""
    decoding: Decoding = field(default_factory=lambda: Decoding(temperature=0.4, max_tokens=1000))

    def schemas(self) -> tuple[dict[str, Any], ...]:
        """The tools in OpenAI's form."""
        return tuple(schema_of(spec) for spec in self.specs)

    def for_looking(self) -> Toolbox | None:
        """The tools that only read and have a server that is called: what shows the records that are there; None if there are
        none."""
        specs = tuple(spec for spec in self.specs if not spec.writes and self.grade(spec) is Grade.RECORDED)
        return replace(self, specs=specs) if specs else None

    def fault(self, called: ToolCall) -> str:
        """What is wrong with a call, in words for the model that made it; empty if it can be carried out."""
        spec = self._by_name.get(called.name)
        if spec is None:
            known = list(self._by_name)
            return (
                f"there is no tool '{called.name[:80]}'{nearest(called.name[:80], known)}; there are {', '.join(known)}"
            )
        wrong = argument_fault(spec, called.arguments)
        return f"{called.name}: {wrong}" if wrong else ""

    async def call(
        self,
        access: ModelAccess,
        brief: Brief,
        messages: Sequence[Message],
        called: ToolCall,
        *,
        step: str,
        attempt: int = 0,
        facts: Mapping[str, str] | None = None,
    ) -> ToolResult:
        """Carry one call out, as the module's docstring says. `facts` are what a simulated tool knows to be true, by
        what each is: names and numbers, or a situation in words (default: the brief's facts). A call with a fault is carried out nowhere: its result is an error that says the fault, and no server's word.

        Raises as Gateway.ask, and AnswerInvalid if no simulated result fits the tool's schema.
        """
        if wrong := self.fault(called):
            return _result(failure(wrong), Grade.SIMULATED)
        spec = self._by_name[called.name]
        place = sum(message.role is Speech.TOOL for message in messages)
        asker = asker_of(brief, f"{step}/tool/{place}", attempt)
        if self.grade(spec) is Grade.RECORDED:
            answer = await access.ask(real_call(self.servers.model(spec), spec, called, asker))
            return _result(kept_in(answer), Grade.RECORDED)
        earlier = earlier_calls(messages)
        known = known_result(spec, called, earlier, self._writing)
        if known is not None:
            return ToolResult(content=known, grade=Grade.SIMULATED, error=is_failure(known))
        if self.model is None:
            raise SettingsError(f"roles.{TOOLS_ROLE}: '{spec.name}' is to be simulated, and no model is there for it")
        seed = seed_of(brief.seed, asker.step, attempt)
        call = Call(
            role=TOOLS_ROLE, asker=asker, model=self.model, seed=seed, decoding=self.decoding,
            messages=messages_for(spec, called, earlier, brief.facts if facts is None else facts),
            verbatim=scripted_result(spec, seed),
        )  # fmt: skip
        made, _ = await ask_structured(access, call, answer_shape(spec))
        return _result(kept(made.result, Secret(), error=not made.ok), Grade.SIMULATED)

    def grade(self, spec: ToolSpec) -> Grade:
        """What stands behind the results of a tool."""
        return Grade.RECORDED if self.way is ToolWay.RECORDED and spec.real else Grade.SIMULATED

    @cached_property
    def _by_name(self) -> dict[str, ToolSpec]:
        return {spec.name: spec for spec in self.specs}

    @cached_property
    def _writing(self) -> frozenset[str]:
        return frozenset(spec.name for spec in self.specs if spec.writes)


def _result(found: Kept, grade: Grade) -> ToolResult:
    return ToolResult(content=found.content, grade=grade, error=found.error)


async def tools_of_server(
    access: ModelAccess, servers: ToolServers, only: Collection[str] = (), server: str = MCP
) -> tuple[ToolSpec, ...]:
    """The tools that an MCP server of the run lists; with `only`, those of these names. Asked once in a run, and then found in its
    journal. Raises ScenarioError for a list that cannot be used, and as Gateway.ask."""
    answer = await access.ask(list_call(servers.listing(server), server))
    try:
        return tools_listed(read(answer.text), only, server)
    except ValueError as error:
        raise ScenarioError(f"tools.mcp={servers.mcp[server]}: lists tools that cannot be read: {error}") from None
