"""What a person rejected of a dataset after others had been made beside it, or edited: it may be nearest to them, or their parent."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from graphs.sampling.decision import PERSON
from memory.vectors.embedding import Embedding, Vectors
from memory.vectors.novelty import Neighbours
from memory.words.wording import Wording, names_in
from scenarios.errors import UserError
from scenarios.messages import Message, Speech
from scenarios.records import Novelty
from scenarios.scene import ConversationScene
from scenarios.worlds.blueprint import Blueprint


@dataclass(frozen=True)
class _Gone:
    place: tuple[int, int]
    alone: Neighbours | None
    """Its vector; None if an endpoint has the embedding."""


class PersonallyRejected:
    """The accepted records that a person rejected, by id, and what those were that a person edited."""

    def __init__(self, lines: Iterable[Mapping[str, Any]], embedding: Embedding | None) -> None:
        self.lines: list[Mapping[str, Any]] = []
        self._gone: dict[str, list[_Gone]] = {}
        for line in lines:
            try:
                place, wording = (int(line["round"]), int(line["index"])), _wording(line)
            except (KeyError, TypeError, ValueError, AttributeError):
                continue  # it is said when its file is verified
            self.lines.append(line)
            self._gone.setdefault(str(line["id"]), []).append(_Gone(place, _alone(str(line["id"]), wording, embedding)))

    @property
    def ids(self) -> set[str]:
        """Their ids."""
        return set(self._gone)

    def before(self, id_: str | None, place: tuple[int, int]) -> bool:
        """Whether this is one of them, and stands before a place."""
        return id_ in self._gone and self._gone[id_][0].place < place

    def claimed(self, claimed: Novelty, vector: Vectors, place: tuple[int, int], here: Novelty) -> Novelty:
        """The novelty that a record must claim if it claims to be nearest to one of them; else `here`, the nearest that is
        still accepted. When a person rejected what is not known: a record of later may have no such neighbour."""
        if claimed.nearest is None or not self.before(claimed.nearest, place):
            return here
        if here == claimed:
            return here  # it was edited, and is nearest as it is now
        versions = [gone.alone.nearest(vector) for gone in self._gone[claimed.nearest] if gone.alone is not None]
        found = next((version for version in versions if version == claimed), versions[0])
        farther = here.distance is not None and found.distance is not None and found.distance > here.distance
        return here if farther else found


def personal_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file of rejections that a person rejected, as far as they can be read. Raises UserError."""
    try:
        with path.open("rb") as file:
            for raw in file:
                if PERSON.encode() not in raw:
                    continue
                with contextlib.suppress(orjson.JSONDecodeError):  # it is said when the file is verified
                    line = orjson.loads(raw)
                    if isinstance(line, dict) and line.get("stage") == PERSON:
                        yield line
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None


def _alone(id_: str, wording: Wording, embedding: Embedding | None) -> Neighbours | None:
    if embedding is None:
        return None
    found = Neighbours()
    found.add(id_, embedding.vectors([wording.embedded])[0])
    return found


def _wording(line: Mapping[str, Any]) -> Wording:
    """What a line's vector is of. Raises KeyError, TypeError and ValueError."""
    brief = line["brief"]
    messages = tuple(Message.model_validate(message) for message in line.get("messages", ()))
    if not messages:
        return Wording("\n".join(map(str, line["fields"].values())))
    facts = [str(value) for value in brief["facts"].values()]
    if "blueprint" in brief:
        facts += [fact.value for fact in Blueprint.model_validate_json(brief["blueprint"]).known()]
    if line.get("scene"):
        facts += ConversationScene.model_validate_json(line["scene"]).values()
    said = (message.content for message in messages if message.role not in (Speech.TOOL, Speech.SYSTEM))
    return Wording("\n".join(text for text in said if text), names_in(facts))
