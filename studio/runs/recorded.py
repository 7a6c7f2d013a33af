"""The part of a record that a list of thousands needs: the rest of it is passed over, which takes a third of the time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from scenarios.messages import Speech
from scenarios.records import Status, Usage, Verdict

_Count = Annotated[int, Field(ge=0, le=2**53)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class ListedFunction(_Part):
    """What a tool call names."""

    name: str = ""
    arguments: str | dict[str, object] = ""


class ListedCall(_Part):
    """A call of a tool in a message."""

    function: ListedFunction = ListedFunction()


class ListedMessage(_Part):
    """A message."""

    role: Speech
    content: str
    tool_calls: tuple[ListedCall, ...] | None = None


class ListedCheck(_Part):
    """What names a check: a refused draw, or a problem."""

    check: str = ""


class ListedEvidence(_Part):
    """The outcome of a check."""

    check: str
    status: Status


class ListedDraft(_Part):
    """A draft with what was wrong with it."""

    problems: tuple[ListedCheck, ...] = ()


class ListedBrief(_Part):
    """The plan."""

    id: str
    cell: dict[str, str] = Field(default_factory=dict)
    facts: dict[str, str] = Field(default_factory=dict)
    texts: dict[str, str] = Field(default_factory=dict)


class ListedCandidate(_Part):
    """What was made."""

    brief: ListedBrief
    messages: tuple[ListedMessage, ...] = ()
    fields: dict[str, str] = Field(default_factory=dict)
    slips: tuple[ListedCheck, ...] = ()
    drafts: tuple[ListedDraft, ...] = ()
    evidence: tuple[ListedEvidence, ...] = ()
    scores: dict[str, float] = Field(default_factory=dict)
    revisions: _Count = 0
    usage: dict[str, Usage] = Field(default_factory=dict)
    given_up: str = ""
    failure: dict[str, object] | None = None

    @property
    def whole(self) -> bool:
        """True if nothing stopped it on its way."""
        return not self.given_up and self.failure is None

    def text(self) -> str:
        """The sample's words, as `Candidate.text` gives them."""
        if self.messages:
            said = (message.content for message in self.messages if message.role is not Speech.TOOL)
            return "\n".join(text for text in said if text)
        return "\n".join(self.fields.values())

    def said(self) -> Iterator[str]:
        """Every text in it: words, calls of tools and their results."""
        yield from self.fields.values()
        for message in self.messages:
            yield message.content
            yield from (f"{one.function.name} {one.function.arguments}" for one in message.tool_calls or ())


class ListedNovelty(_Part):
    """How near the nearest sample is."""

    distance: float | None = None


class ListedRecord(_Part):
    """A record in the list."""

    verdict: Verdict
    stage: str = ""
    reason: str = ""
    detail: str = ""
    final: bool = True
    candidate: ListedCandidate
    novelty: ListedNovelty = ListedNovelty()
