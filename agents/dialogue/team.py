"""AutoGen teams: who speaks when. Used by the conversations; the words come from the gateway."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.conditions import FunctionalTermination
from autogen_agentchat.messages import BaseChatMessage, TextMessage
from autogen_agentchat.teams import SelectorGroupChat
from autogen_core import CancellationToken

from agents.models.autogen import GatewayClient
from scenarios.errors import ColloquiaError

# AutoGen logs every error that a speaker raises; ours are told once, by who handles them.
logging.getLogger("autogen_core").setLevel(logging.CRITICAL)


class NoDraw(ColloquiaError):
    """No draw of a line or of a call passed its guards."""

    def __init__(self, guard: str, detail: str) -> None:
        super().__init__(detail)
        self.guard = guard


class Floor(Protocol):
    """What the speakers of one team share."""

    def speaker(self) -> str:
        """The role whose turn it is."""
        ...

    def over(self) -> bool:
        """Whether nothing more is to be said."""
        ...

    async def speak(self, client: GatewayClient, token: CancellationToken) -> str:
        """Take the turn; returns what was said aloud. Raises NoDraw, and as Gateway.ask."""
        ...


class _Speaker(BaseChatAgent):
    """One role of a dialogue."""

    def __init__(self, role: str, floor: Floor, client: GatewayClient) -> None:
        super().__init__(role, description=role)
        self._floor = floor
        self._client = client

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        """Speakers say text."""
        return (TextMessage,)

    async def on_messages(self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken) -> Response:
        """Take the turn."""
        try:
            said = await self._floor.speak(self._client, cancellation_token)
        except BaseException as error:
            self._client.error = self._client.error or error  # AutoGen would make a RuntimeError(str) of it
            raise
        return Response(chat_message=TextMessage(content=said, source=self.name))

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        """A team lives for one conversation."""


async def run_team(floor: Floor, speakers: Sequence[str], turns: int, client: GatewayClient) -> None:
    """One fresh team of `speakers`, until the floor is over or `turns` were taken. Raises what its speakers raised."""
    if turns <= 0 or floor.over():
        return
    bench = [*speakers, *(["bystander"] if len(speakers) < 2 else [])]  # AutoGen selects among two or more
    team = SelectorGroupChat(
        [_Speaker(role, floor, client) for role in bench],
        model_client=client,
        selector_func=lambda _: floor.speaker(),
        allow_repeated_speaker=True,
        termination_condition=FunctionalTermination(lambda _: floor.over()),
        max_turns=turns,
    )
    token = CancellationToken()
    task = asyncio.ensure_future(team.run(task=None, cancellation_token=token))
    try:
        await asyncio.shield(task)
    except BaseException:
        token.cancel()  # cancelling the task alone would leave the team running
        await asyncio.gather(task, return_exceptions=True)
        if client.error is not None:
            raise client.error from None
        raise
