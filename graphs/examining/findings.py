"""What was found out about an endpoint, and the settings that follow. Pure."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from scenarios.frozen import Frozen

_WIDE = 30
"""Of the longest question."""


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
        return self.obstacle is None

    @property
    def obstacle(self) -> Found | None:
        """What makes runs impossible; None if nothing does."""
        return next((one for one in self.found if one.needed and one.ability is Ability.CANNOT), None)

    @property
    def settings(self) -> dict[str, str]:
        """The settings to paste."""
        found = {"llm.base_url": self.base_url, "llm.model": self.model}
        for one in self.found:
            found |= one.settings
        return found


def line_of(found: Found) -> str:
    """A finding in one line."""
    return f"{found.ability:<3}  {found.question:<{_WIDE}}  {found.detail}".rstrip()
