"""What was found out about an endpoint, and the settings that follow. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from pydantic import Field

from scenarios.frozen import Frozen


class Ability(StrEnum):
    """Whether an endpoint can do a thing."""

    CAN = "yes"
    CANNOT = "no"
    UNSURE = "?"
    """The endpoint took the question, and the model's answer does not show it."""


class Found(Frozen):
    """The answer to one question."""

    question: str
    ability: Ability
    detail: str = ""
    figure: float | None = None
    settings: dict[str, str] = Field(default_factory=dict)
    """Keys of a run that follow from it."""
    needed: bool = False
    """Whether a run is not possible without it."""


class Examination(Frozen):
    """All that was found out."""

    base_url: str
    model: str
    found: tuple[Found, ...]
    requests: int
    tokens: int

    @property
    def usable(self) -> bool:
        """Whether runs are possible."""
        return not any(one.needed and one.ability is Ability.CANNOT for one in self.found)

    @property
    def settings(self) -> dict[str, str]:
        """The settings to paste."""
        found = {"llm.base_url": self.base_url, "llm.model": self.model}
        for one in self.found:
            found |= one.settings
        return found


def table(found: Sequence[Found]) -> list[str]:
    """The findings, one a line."""
    wide = max((len(one.question) for one in found), default=0)
    return [f"{one.ability:<3}  {one.question:<{wide}}  {one.detail}".rstrip() for one in found]
