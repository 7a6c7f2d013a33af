"""AutoGen teams: who speaks when. Used by the conversations, whose speakers ask the gateway for their words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.conditions import FunctionalTermination
from autogen_agentchat.messages import BaseChatMessage, HandoffMessage
from autogen_agentchat.teams import Swarm
from autogen_core import CancellationToken

from agents.models.calls import Answer, Call, ModelAccess
from scenarios.errors import ColloquiaError
from scenarios.records import Usage

# AutoGen logs every error that a speaker raises; ours are told once, by who handles them.
logging.getLogger("autogen_core").setLevel(logging.CRITICAL)


class NoDraw(ColloquiaError):
    """No draw of a line or of a call passed its guards."""

    def __init__(self, guard: str, detail: str) -> None:
        super().__init__(detail)
        self.guard = guard


class SpeakersAccess:
    """One team's way to models. It counts what its calls cost, and drops the call under way if the team is cancelled."""

    def __init__(self, gateway: ModelAccess) -> None:
        self._gateway = gateway
        self.token = CancellationToken()
        self.spent: dict[str, Usage] = {}
        """By role."""

    async def ask(self, call: Call) -> Answer:
        """The answer to a call. Raises as Gateway.ask."""
        asked = asyncio.ensure_future(self._gateway.ask(call))
        self.token.link_future(asked)
        answer = await asked
        self.spent[call.role] = self.spent.get(call.role, Usage()) + answer.usage
        return answer


class Floor(Protocol):
    """What the speakers of one team share."""

    def speaker(self) -> str:
        """The role whose turn it is."""
        ...

    def over(self) -> bool:
        """Whether nothing more is to be said."""
        ...

    async def speak(self, access: SpeakersAccess) -> str:
        """Take the turn; returns what was said aloud. Raises NoDraw, and as Gateway.ask."""
        ...


class _Speaker(BaseChatAgent):
    """One role of a dialogue. It takes its turn, and hands over to whoever speaks next."""

    def __init__(self, role: str, floor: Floor, access: SpeakersAccess, faults: list[BaseException]) -> None:
        super().__init__(role, description=role)
        self._floor = floor
        self._access = access
        self._faults = faults

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        """What is said, with the next speaker's name."""
        return (HandoffMessage,)

    async def on_messages(self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken) -> Response:
        """Take the turn."""
        try:
            said = await self._floor.speak(self._access)
        except BaseException as error:
            self._faults.append(error)  # AutoGen would make a RuntimeError(str) of it
            raise
        return Response(chat_message=HandoffMessage(content=said, target=self._floor.speaker(), source=self.name))

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        """A team lives for one conversation."""


async def run_team(floor: Floor, speakers: Sequence[str], turns: int, access: SpeakersAccess) -> None:
    """One fresh team of `speakers`, until the floor is over or `turns` were taken. Raises what its speakers raised."""
    if turns <= 0 or floor.over():
        return
    faults: list[BaseException] = []
    first = floor.speaker()
    team = Swarm(
        [_Speaker(role, floor, access, faults) for role in [first, *(role for role in speakers if role != first)]],
        termination_condition=FunctionalTermination(lambda _: floor.over()),
        max_turns=turns,
    )
    task = asyncio.ensure_future(team.run(task=None, cancellation_token=access.token))
    try:
        await asyncio.shield(task)
    except BaseException:
        access.token.cancel()  # cancelling the task alone would leave the team running
        await asyncio.gather(task, return_exceptions=True)
        if faults:
            raise faults[0] from None
        raise
