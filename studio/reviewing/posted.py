"""What the page may say: one verdict, whole and of bounded size, or a question about an edit."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from graphs.reviewing.verdicts import PersonVerdict, Queue, Said
from scenarios.errors import RunDirError

LARGEST = 2 * 1024 * 1024
"""Bytes of what the page may post: an edit holds whole messages."""
M = TypeVar("M", bound="PostedBody")

_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Id = Annotated[str, Field(min_length=1, max_length=200)]
_Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\s\x00-\x1f]([^\x00-\x1f]*[^\s\x00-\x1f])?$")]
_Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{8,80}$")]
_Edit = Annotated[dict[Annotated[str, Field(min_length=1, max_length=200)], str], Field(min_length=1, max_length=200)]
OF_ONE = (Said.ACCEPT, Said.REJECT, Said.SKIP, Said.UNDO)
OF_TWO = (Said.LEFT, Said.RIGHT, Said.TIE, Said.SKIP, Said.UNDO)


class UnfitError(RunDirError):
    """What was posted can never be kept: it has another form, or is of other content."""


class PostedBody(BaseModel):
    """What is common to all that is posted: JSON, taken strictly."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class PostedEdit(PostedBody):
    """Texts in place of others, to be checked and not kept."""

    sample: _Id
    content: _Digest
    edit: _Edit


class PostedVerdict(PostedBody):
    """One verdict. Its key is made by the page: by it a retry is recognised."""

    reviewer: _Name
    queue: Queue
    sample: _Id
    against: Annotated[str, Field(max_length=200)] = ""
    content: _Digest
    said: Said
    key: _Key
    flag: bool = False
    reasons: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=120)], ...], Field(max_length=20)] = ()
    turn: Annotated[int, Field(ge=0, le=100_000)] | None = None
    remark: Annotated[str, Field(max_length=20_000)] = ""
    edit: _Edit | None = None
    redo: bool = False
    repeat: bool = False
    seed: Annotated[int, Field(ge=0, le=2**53)] = 0
    undoes: _Key | None = None
    """The key of the verdict that this one takes back."""
    seconds: Annotated[float, Field(ge=0, le=86_400)] = 0.0

    @model_validator(mode="after")
    def _fits(self) -> PostedVerdict:
        pairs = self.queue is Queue.PAIRS
        if self.said not in (OF_TWO if pairs else OF_ONE):
            raise ValueError(f"{self.said.value} is nothing that one says in the queue {self.queue.value}")
        if pairs != bool(self.against):
            raise ValueError("against names the right one of a pair, and nothing else")
        if (self.said is Said.UNDO) != bool(self.undoes):
            raise ValueError("undoes names what an undo takes back, and nothing else")
        if self.redo and self.said is not Said.REJECT:
            raise ValueError("only what is rejected is made again")
        if self.edit and (pairs or self.said is not Said.ACCEPT):
            raise ValueError("an edit goes with an accepted sample")
        return self

    def verdict(self, undone: PersonVerdict | None) -> PersonVerdict:
        """The line for reviews.jsonl, before it has its number; an undo is of what it takes back."""
        told = self.model_dump(exclude={"undoes"})
        if undone is None:
            return PersonVerdict(number=1, **told)
        of = undone.model_dump(include={"queue", "sample", "against", "content", "dataset", "seed"})
        return PersonVerdict(number=1, **{**told, **of}, undoes=undone.number)


def posted(kind: type[M], body: bytes) -> M:
    """The body of a request as a value. Raises UnfitError, which says what is wrong with it in a line."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first: Any = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UnfitError(f"the page said what cannot be kept: {place + ': ' if place else ''}{first['msg']}") from None
