"""How a model is prompted, and the prompt files for each way."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import model_validator

from scenarios.frozen import Frozen


class Style(StrEnum):
    """How a model is prompted: an instruct model by chat, a base model by a transcript to continue."""

    CHAT = "chat"
    TRANSCRIPT = "transcript"


class PerStyle(Frozen):
    """A prompt file for each style of model. One file alone is for instruct models."""

    chat: str
    transcript: str = ""
    """Empty: base models cannot be asked."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"chat": value} if isinstance(value, str) else value

    def of(self, style: Style) -> str:
        """The file for a style of model; empty if there is none."""
        return self.chat if style is Style.CHAT else self.transcript

    def files(self) -> list[str]:
        """All its files."""
        return [file for file in (self.chat, self.transcript) if file]
