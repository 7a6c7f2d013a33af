"""What `python -m graphs.transfer` is asked."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from evaluation.students.encoders import Encoder
from evaluation.students.lora import LoraRecipe
from graphs.transferring.parting import PARTS
from scenarios.errors import SettingsError
from scenarios.frozen import Frozen
from scenarios.reading.yaml_text import read_yaml

LEAVE = "leave"
REFUSE = "refuse"
_SPLIT = re.compile(r"\d{1,3}(?:/\d{1,3}){1,2}")


class StudentKind(StrEnum):
    """What learns and is tested."""

    VECTORS = "vectors"
    LORA = "lora"


class SharedOptions(Frozen):
    """The options of every student."""

    split: str = Field(
        "50/50",
        description="percent of the real texts for reference and test, or for reference, validation and test, such as 40/20/40",
    )
    leaks: str = Field(
        REFUSE,
        pattern=f"^({REFUSE}|{LEAVE})$",
        description="leave: leave out samples that repeat a real text of test or validation",
    )
    where: str = Field(
        "",
        description="only samples and real rows with this value of an axis, such as language=English; a real row without the column counts as having it",
    )
    draws: int = Field(1000, ge=100, le=100_000, description="draws of the bootstrap for the intervals")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="the seed of all of that")

    @field_validator("split")
    @classmethod
    def _adds_up(cls, value: str) -> str:
        if (
            not _SPLIT.fullmatch(value)
            or sum(map(int, value.split("/"))) != 100
            or 0 in (int(value.split("/")[0]), int(value.split("/")[-1]))
        ):
            raise ValueError("write two or three numbers that come to 100, such as 50/50 or 40/20/40")
        return value

    @field_validator("where")
    @classmethod
    def _names_both(cls, value: str) -> str:
        if value and not all(part.strip() for part in value.partition("=")):
            raise ValueError("write an axis and its value, such as where=language=English")
        return value

    @property
    def shares(self) -> dict[str, float]:
        """The share of each part of the real texts."""
        numbers = [int(each) / 100 for each in self.split.split("/")]
        return dict(zip((PARTS[0], PARTS[2]) if len(numbers) == 2 else PARTS, numbers, strict=True))

    @property
    def only(self) -> tuple[str, str] | None:
        """The axis and the value of `where`."""
        axis, _, value = self.where.partition("=")
        return (axis, value) if self.where else None


class TransferOptions(SharedOptions):
    """The options of students of labels, beside the command's paths."""

    target: str = Field(
        "",
        description="the axis or the field that is the label (default: the field that is an axis, too, or one named label)",
    )
    encoder: Encoder = Field(
        Encoder.WORDLLAMA,
        description="wordllama, or minilm, which sees more of an English sentence and needs the extra 'students'",
    )
    text_column: str = Field("", description="the column of the real texts (default: text, utterance, sentence, …)")
    label_column: str = Field(
        "", description="the column of the real labels (default: the target's name, label, intent, category, …)"
    )
    seeds: int = Field(5, ge=1, le=100, description="how often the real samples are drawn anew")
    others: str = Field(
        REFUSE, pattern=f"^({REFUSE}|{LEAVE})$", description="leave: leave out real rows whose label the dataset lacks"
    )


class AnswerOptions(SharedOptions, LoraRecipe):
    """The options of students of answers, beside the command's paths."""

    seeds: int = Field(1, ge=1, le=100, description="how often both students are trained anew")
    weights: str = Field(
        "",
        description="the model that learns: a GGUF file, or a folder with safetensors (default: the packaged Gemma 3 270M)",
    )
    max_tokens: int = Field(
        128,
        ge=4,
        le=100_000,
        description="tokens of an exchange at the most; longer ones are cut: the answer's end, and what is furthest before it",
    )
    prompt: str = Field(
        "", description="the field or column that holds what is answered (default: prompt, or messages)"
    )
    answer: str = Field("", description="the field or column that holds the answer (default: completion, or messages)")

    @model_validator(mode="after")
    def _named_both(self) -> Self:
        if bool(self.prompt) != bool(self.answer):
            raise ValueError("name both prompt=FIELD and answer=FIELD, or none")
        return self

    @property
    def named(self) -> tuple[str, str] | None:
        """The names of prompt and answer, if they were given."""
        return (self.prompt, self.answer) if self.prompt else None


def read_labels(path: Path | None) -> dict[str, str]:
    """The dataset's label for each real one, of a YAML file `REAL: OURS`; none without a file. Raises ScenarioError and
    SettingsError."""
    if path is None:
        return {}
    told: Any = read_yaml(path)
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise SettingsError(
            f"labels={path}: is no mapping of real labels to the dataset's, such as lost_card: lost_or_stolen_card"
        )
    return {str(key): str(value) for key, value in told.items()}
