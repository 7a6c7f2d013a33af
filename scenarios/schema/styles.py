"""How a model is prompted, and the prompt files for each way."""

from __future__ import annotations

from enum import StrEnum

from scenarios.frozen import Frozen


class Style(StrEnum):
    """How a model is prompted: an instruct model by chat, a base model by a transcript to continue."""

    CHAT = "chat"
    TRANSCRIPT = "transcript"


class PerStyle(Frozen):
    """A prompt file for each style of model."""

    chat: str
    transcript: str
