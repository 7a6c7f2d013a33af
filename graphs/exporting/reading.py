"""Where samples come from: the directory of a run, or a JSONL file, also one that was made elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from agents.checks.registry import CHECKS
from evaluation.samples import rows_in
from graphs.exporting.sample import Learned, Lesson, Taught
from graphs.files.dataset import WORLD
from graphs.files.inside import check_inside
from graphs.files.rundir import DATASET, PAIRS, REJECTED, is_run
from graphs.tools.stored import stored_tools
from scenarios.errors import DatasetError, RunDirError
from scenarios.material.tools.spec import schema_of
from scenarios.messages import Message, Speech
from scenarios.reading.bounded import json_of, read_bounded
from scenarios.records import Status

_PAIRED = (
    ("problem", "solution"), ("instruction", "answer"), ("instruction", "output"), ("instruction", "response"),
    ("question", "answer"), ("specification", "function"), ("text", "json"), ("prompt", "completion"), ("prompt", "response"),
)  # fmt: skip
"""Fields of which one is what a user writes and the other what an assistant answers."""
_SPEECH = {
    "human": Speech.USER, "gpt": Speech.ASSISTANT, "model": Speech.ASSISTANT, "developer": Speech.SYSTEM, "observation": Speech.TOOL,
}  # fmt: skip
"""What others call the roles of the chat format."""


class Reader:
    """Reads the samples of a run's directory or of a file, in their order."""

    def __init__(self, out: Path, prompt: str = "", answer: str = "") -> None:
        """`prompt` and `answer` name the fields that a user writes and an assistant answers. Raises DatasetError and RunDirError."""
        self._out = out
        self._fields = (prompt, answer)
        self._tools: tuple[dict[str, Any], ...] = ()
        self._policy = ""
        if out.is_dir():
            check_inside(out)
            if not is_run(out):
                raise RunDirError(f"out={out}: holds no run; give the directory of one, or a JSONL file")
            self._learn_world()
        elif not out.exists():
            raise DatasetError(f"out={out}: is not there; give a run directory or a JSONL file")

    def read(self, lesson: Lesson) -> list[Learned]:
        """All samples of a lesson. Raises DatasetError, naming file and line."""
        if not self._out.is_dir():
            return list(self._of_file(self._out, lesson))
        if lesson is Lesson.DPO:
            return list(self._of_file(self._file(PAIRS), lesson))
        if lesson is Lesson.SFT:
            return list(self._of_file(self._file(DATASET), lesson))
        return [*self._verdicts(self._file(DATASET)), *self._verdicts(self._file(REJECTED))]

    def _file(self, name: str) -> Path:
        path = self._out / name
        if not path.is_file():
            what = (
                "pairs: worlds have them, and branches of which one was accepted and one rejected for the answer that differs"
                if name == PAIRS
                else f"{name} yet: python -m graphs.run out={self._out}"
            )
            raise DatasetError(f"out={self._out}: has no {what}")
        return path

    def _learn_world(self) -> None:
        """The tools and the policy that stand beside the rows. Raises RunDirError."""
        if (path := self._out / WORLD).is_file():
            try:
                world = json_of(read_bounded(path))
                self._policy, self._tools = str(world["policy"]), tuple(world["tools"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise RunDirError(f"{path}: cannot be read ({error}); continue the run to have it made anew") from None
        else:
            self._tools = tuple(schema_of(spec) for spec in stored_tools(self._out))

    def _of_file(self, path: Path, lesson: Lesson) -> Iterator[Learned]:
        for where, row in _rows(path):
            try:
                yield self._learned(row, lesson, where)
            except (ValueError, KeyError, TypeError, ValidationError) as error:
                raise DatasetError(f"{where}: {_told(error)}") from None

    def _learned(self, row: dict[str, Any], lesson: Lesson, where: str) -> Learned:
        id_ = str(row.get("id") or where.rpartition(" ")[2])
        tools = _tools_of(row) or self._tools
        if {"chosen", "rejected"} <= row.keys():
            if lesson is not Lesson.DPO:
                raise ValueError("holds a pair; write lesson=dpo")
            return Learned(
                id=id_, messages=_side(row["prompt"], Speech.USER), chosen=_side(row["chosen"], Speech.ASSISTANT),
                rejected=_side(row["rejected"], Speech.ASSISTANT), tools=tools,
                groups=frozenset({f"pair of {id_.partition('/')[0]}", *(f"sample {one}" for one in row.get("lineage") or ())}),
            )  # fmt: skip
        if "label" in row and "completion" in row:
            if lesson is not Lesson.KTO:
                raise ValueError("holds a single verdict; write lesson=kto")
            return Learned(
                id=id_, messages=_side(row["prompt"], Speech.USER), chosen=_side(row["completion"], Speech.ASSISTANT),
                good=_verdict(row["label"]), tools=tools,
            )  # fmt: skip
        if lesson is not Lesson.SFT:
            raise ValueError(f"holds no {'pair' if lesson is Lesson.DPO else 'single verdict'}; write lesson=sft")
        return Learned(
            id=id_,
            messages=self._messages(row),
            tools=tools,
            groups=_groups(row),
            branch=_is_branch(row),
            weight=_weight(row),
        )

    def _verdicts(self, path: Path) -> Iterator[Learned]:
        """Accepted samples as good answers; those that a computed check rejected as bad ones. Nothing that was undecided, or
        that only an opinion rejected."""
        for where, row in _rows(path):
            good = "verdict" not in row
            if not good and not _proven_wrong(row):
                continue
            try:
                messages = self._messages(row)
                last = max((i for i, message in enumerate(messages) if message.role is Speech.ASSISTANT), default=None)
                if last is None:
                    continue
                yield Learned(
                    id=str(row.get("id")), messages=messages[:last], chosen=messages[last : last + 1], good=good,
                    tools=_tools_of(row) or self._tools, groups=_groups(row), branch=_is_branch(row),
                )  # fmt: skip
            except (ValueError, KeyError, TypeError, ValidationError) as error:
                raise DatasetError(f"{where}: {_told(error)}") from None

    def _messages(self, row: Mapping[str, Any]) -> tuple[Message, ...]:
        if "messages" in row or "conversations" in row:
            found = tuple(map(_message, row.get("messages") or row.get("conversations") or ()))
            system = str(row.get("system") or self._policy)
            if system and not (found and found[0].role is Speech.SYSTEM):
                found = (Message(role=Speech.SYSTEM, content=system), *found)
            if not found:
                raise ValueError("holds no message")
            return found
        fields = row.get("fields", row)
        asked, answered = self._pair(fields)
        first = (Message(role=Speech.SYSTEM, content=str(fields["system"])),) if fields.get("system") else ()
        before = [turn for pair in fields.get("history") or () for turn in _of_pair(pair)]
        question = fields[asked]
        if asked == "instruction" and isinstance(fields.get("input"), str) and fields["input"].strip():
            question = f"{question}\n{fields['input']}"
        return (*first, *before, *_side(question, Speech.USER), *_side(fields[answered], Speech.ASSISTANT))

    def _pair(self, fields: Mapping[str, Any]) -> tuple[str, str]:
        """The fields that are asked and answered. Raises ValueError."""
        asked, answered = self._fields
        for one, key in ((asked, "prompt"), (answered, "answer")):
            if one and one not in fields:
                raise ValueError(f"has no field '{one}' ({key}={one}); it has {', '.join(fields)}")
        if asked and answered:
            return asked, answered
        for one, other in _PAIRED:
            if one in fields and other in fields:
                return asked or one, answered or other
        raise ValueError(
            f"which field is asked and which is the answer? It has {', '.join(list(fields)[:12])}: write prompt=FIELD answer=FIELD"
        )


def _of_pair(pair: Any) -> tuple[Message, ...]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise ValueError("history: is a list of pairs of a question and an answer")
    return (*_side(pair[0], Speech.USER), *_side(pair[1], Speech.ASSISTANT))


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, row in rows_in(path):
        if not isinstance(row, dict):
            raise DatasetError(f"{where}: a row is an object")
        yield where, row


def _side(value: Any, role: Speech) -> tuple[Message, ...]:
    if isinstance(value, str):
        return (Message(role=role, content=value),)
    if isinstance(value, list):
        return tuple(map(_message, value))
    raise ValueError("prompt and answer are texts, or lists of messages")


def _message(turn: Any) -> Message:
    """A message in anybody's form."""
    if not isinstance(turn, dict):
        raise ValueError("a message is an object with role and content")
    role = str(turn.get("role") or turn.get("from") or "")
    content = turn.get("content", turn.get("value"))
    if isinstance(content, list):
        content = "\n".join(map(_part, content))
    if thought := turn.get("reasoning_content") or turn.get("reasoning"):
        content = f"<think>{thought}</think>\n{content or ''}"
    calls = turn.get("tool_calls") or None
    if role == "function_call":
        called = orjson.loads(str(content))
        many = called if isinstance(called, list) else [called]
        calls = [
            {
                "id": f"call_{i}",
                "type": "function",
                "function": {"name": one["name"], "arguments": _arguments(one)},
            }
            for i, one in enumerate(many)
        ]
        role, content = "assistant", ""
    speech = _SPEECH.get(role) or (Speech(role) if role in set(Speech) else None)
    if speech is None:
        raise ValueError(f"a message is by {role!r}; known are {', '.join([*Speech, *_SPEECH])}")
    found = Message(
        role=speech, content=content or "", name=turn.get("name"), tool_calls=tuple(calls) if calls else None,
        tool_call_id=turn.get("tool_call_id"),
    )  # fmt: skip
    if (weight := turn.get("weight")) is None:
        return found
    if weight not in (0, 1):
        raise ValueError(f"weight: {weight!r} is neither 0 nor 1")
    return Taught(**dict(found), weight=int(weight))


def _part(part: Any) -> str:
    text = part if isinstance(part, str) else part.get("text") if isinstance(part, dict) else None
    if not isinstance(text, str):
        raise ValueError("the content of a message has a part that is no text")
    return text


def _verdict(label: Any) -> bool:
    known: dict[Any, bool] = {
        True: True,
        False: False,
        "true": True,
        "false": False,
    }  # 1 and 0 are equal to the first two
    if isinstance(label, list | dict) or label not in known:
        raise ValueError(f"label: {label!r} is neither true nor false")
    return known[label]


def _arguments(call: Mapping[str, Any]) -> str:
    """The arguments of a call in LLaMA-Factory's form as JSON text."""
    return orjson.dumps(call.get("arguments") or {}).decode()


def _tools_of(row: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    given = row.get("tools")
    if isinstance(given, str):
        given = orjson.loads(given) if given.strip() else None
    return tuple(given) if isinstance(given, list) else ()


def _groups(row: Mapping[str, Any]) -> frozenset[str]:
    brief = row.get("brief")
    if not isinstance(brief, dict):
        return frozenset()
    found = {f"sample {one}" for one in row.get("lineage") or ()}
    found |= {f"passage {one}" for one in brief.get("passages") or ()}
    if passage := (brief.get("cell") or {}).get("passage"):
        found.add(f"passage {passage}")
    if blueprint := brief.get("blueprint"):
        found.add(f"blueprint {blueprint}")
    return frozenset({*found, f"sample {row.get('id')}"})


def _weight(row: Mapping[str, Any]) -> float | None:
    """The weight of a row of curated.jsonl."""
    return row["weight"] if "curation" in row and isinstance(row.get("weight"), int | float) else None


def _is_branch(row: Mapping[str, Any]) -> bool:
    brief = row.get("brief")
    return isinstance(brief, dict) and bool(brief.get("branch"))


def _proven_wrong(row: Mapping[str, Any]) -> bool:
    """Whether a check that computes failed: an opinion proves nothing."""
    if row.get("verdict") != "rejected":
        return False
    return any(one.get("status") == Status.FAIL and one.get("check") in CHECKS for one in row.get("evidence") or ())


def _told(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    if isinstance(error, KeyError):
        return f"lacks {error}"
    return " ".join(str(error).split())[:300]
